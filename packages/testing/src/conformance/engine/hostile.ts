/** Names that are legal, and that careless quoting would break. Tags are words in lower case, so these are too. */
export const hostile: readonly string[] = [
  `o'hara`,
  `"quoted"`,
  `back\\slash`,
  `trailing\\`,
  `'; drop table oban_jobs; --`,
  `{curly,braces}`,
  `null`,
  `$1 %s ?`,
  `tab\tand\nline`,
  `ünïcödé ✓ 日本語 👩‍🚀`,
  `e'\\n'`,
]
