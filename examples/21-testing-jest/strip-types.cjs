const { stripTypeScriptTypes } = require('node:module')

/** A transformer for jest that lets Node take the types away; any other that compiles TypeScript will do. */
exports.processAsync = async (code) => ({ code: stripTypeScriptTypes(code) })
