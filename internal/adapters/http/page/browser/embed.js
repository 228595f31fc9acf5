/** Puts a button beside each snippet that copies it. Without this a click on a snippet selects it. */
for (const pre of document.querySelectorAll("pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${pre.getAttribute("aria-label")}`);
  button.addEventListener("click", () => copy(pre, button));
  pre.before(button);
}

async function copy(pre, button) {
  getSelection().selectAllChildren(pre);
  const text = pre.textContent;
  const copied = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  // Pages that came without TLS have no clipboard, only the older way.
  button.textContent = (copied ?? document.execCommand("copy")) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => {
    button.textContent = "Copy";
  }, 2000);
}
