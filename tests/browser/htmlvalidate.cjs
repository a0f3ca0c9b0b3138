// HTML's own rules only. An address may stand among spaces and line ends, which html-validate does not know:
// https://html.spec.whatwg.org/multipage/urls-and-fetching.html#valid-url-potentially-surrounded-by-spaces
module.exports = {
  root: true,
  extends: ["html-validate:standard"],
  elements: ["html5", { a: { attributes: { href: { enum: ["/[^]*/"] } } } }],
};
