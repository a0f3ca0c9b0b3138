// Bootstrap reads its color mode from an attribute: follow that of the system.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function setColorMode() {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
}

setColorMode();
dark.addEventListener("change", setColorMode);
