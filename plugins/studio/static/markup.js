/** Building the page from the templates in it, so that a theme decides on the markup and scripts only fill it in. */

const REFERENCES = ["id", "for", "aria-describedby", "aria-labelledby"];
let copies = 0;

/** Return a copy of the first element of `<template id>`; ids and what refers to them are made unique by a suffix. */
export function copyOf(templateId) {
  const copy = document.getElementById(templateId).content.firstElementChild.cloneNode(true);
  const suffix = `-${++copies}`;
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    for (const name of REFERENCES) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.split(/\s+/).map((id) => id + suffix).join(" "));
    }
  }
  return copy;
}

/** Return the element marked `data-<part>` in `root`. */
export function part(root, name) {
  return root.matches(`[data-${name}]`) ? root : root.querySelector(`[data-${name}]`);
}

/** Put text into the element marked `data-<part>`, and show it only when there is any. */
export function say(root, name, text) {
  const element = part(root, name);
  const target = part(element, "text") ?? element;
  if (target.textContent !== text) target.textContent = text;
  element.hidden = !text;
}
