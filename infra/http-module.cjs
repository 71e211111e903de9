// Node's http module for bundles. An ES module that imports it reads all of its exports, and so loads `fetch`: 30 ms of CPU in a cold start.
module.exports = process.getBuiltinModule('node:http');
