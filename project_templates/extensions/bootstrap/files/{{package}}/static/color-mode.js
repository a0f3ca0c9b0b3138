// Bootstrap takes its colours from an attribute: set it as the system is set.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function setColorMode() {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
}

setColorMode();
dark.addEventListener("change", setColorMode);
