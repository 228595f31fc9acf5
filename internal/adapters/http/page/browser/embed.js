/** Adds a button to each snippet that copies it. Without this script, a click on a snippet selects it. */
for (const pre of document.querySelectorAll("pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${pre.getAttribute("aria-label")}`);
  button.addEventListener("click", () => copy(pre, button));
  pre.before(button);
}

/** @type {(pre: HTMLPreElement, button: HTMLButtonElement) => Promise<void>} */
async function copy(pre, button) {
  getSelection()?.selectAllChildren(pre);
  // Pages without TLS have no clipboard, only the older way.
  const copied = navigator.clipboard === undefined ? document.execCommand("copy") : await copyText(pre.textContent);
  button.textContent = copied ? "Copied" : "Press Ctrl+C";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}

/** @param {string} text */
function copyText(text) {
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}
