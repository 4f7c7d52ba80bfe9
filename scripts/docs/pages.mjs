/** Whether a page is for readers of the project: at the root, below docs/, or the front page of a package or example. */
export function isDocumentation({ path }) {
  return /^[^/]+\.md$|^docs\/|^(packages|examples)\/[^/]+\/README\.md$/.test(path)
}
