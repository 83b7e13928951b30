// @ts-check
/** What every page does with a script: menus close, toasts go, texts are copied. */

const TOAST_MS = 8000;

/** @param {ParentNode} root */
function openMenus(root) {
  return /** @type {NodeListOf<HTMLDetailsElement>} */ (root.querySelectorAll("details[data-menu][open]"));
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  for (const menu of openMenus(document)) {
    if (!menu.contains(target)) menu.open = false;
  }
  const dismiss = target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("[data-toast]")?.remove();
  const copy = /** @type {HTMLElement | null} */ (target.closest("[data-copy]"));
  if (copy) void copyText(copy);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus(document)) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

/** @param {HTMLElement} button */
async function copyText(button) {
  const source = document.querySelector(button.dataset.copy ?? "");
  const label = button.textContent;
  await navigator.clipboard.writeText(source?.textContent ?? "");
  button.textContent = button.dataset.copied ?? label;
  setTimeout(() => (button.textContent = label), 2000);
}

/** A toast goes by itself, but not while somebody points at it, and an error stays. */
function watchToasts() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-watched])")) {
    toast.setAttribute("data-watched", "");
    toast.querySelector("[data-dismiss]")?.removeAttribute("hidden");
    if (toast.classList.contains("toast-bad")) continue;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, TOAST_MS);
  }
}

/** A text field that is as high as its text, where CSS cannot do it alone. */
function growFields() {
  if (CSS.supports("field-sizing", "content")) return;
  for (const field of document.querySelectorAll("textarea[data-grow]")) {
    const area = /** @type {HTMLTextAreaElement} */ (field);
    const grow = () => {
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight + 2}px`;
    };
    area.addEventListener("input", grow);
    grow();
  }
}

/** Buttons that only a script can serve. */
function showScripted() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) button.removeAttribute("hidden");
}

document.addEventListener("htmx:afterSettle", watchToasts);
document.addEventListener("live:replaced", watchToasts);
watchToasts();
growFields();
showScripted();
