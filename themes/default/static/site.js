// What scripts add to every page; each page works without them. One file, because one request is quicker than four.

const YEAR = 365 * 24 * 60 * 60;
const SAID_MS = 5000;

const root = document.documentElement;

// The switch between light and dark. The choice goes into a cookie, so that the server renders it and nothing flashes.

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Colour the browser's own frame like the page; the value comes from the theme's tokens. */
function colourFrame() {
  let meta = document.querySelector('meta[name="theme-color"]');
  if (!meta) {
    meta = document.createElement("meta");
    meta.name = "theme-color";
    document.head.append(meta);
  }
  meta.content = getComputedStyle(document.body).backgroundColor;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest('[data-do="theme"]')) return;
  root.dataset.theme = isDark() ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme};path=/;max-age=${YEAR};samesite=lax`;
  colourFrame();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colourFrame);
colourFrame();

// [data-do="share"]: the system's sheet on touch screens, else the clipboard; data-done is what the label then says.

async function share(button) {
  const url = new URL(button.dataset.url || location.href, location.href).href;
  if (navigator.share && matchMedia("(pointer: coarse)").matches) {
    // A rejection here is somebody closing the sheet.
    await navigator.share({ title: document.title, url }).catch(() => {});
    return;
  }
  try {
    await navigator.clipboard.writeText(url);
  } catch {
    // No clipboard on plain http or without permission: let the reader copy it by hand.
    prompt(button.textContent.trim(), url);
    return;
  }
  say(button);
}

function say(button) {
  const label = button.querySelector("span");
  if (label.textContent === button.dataset.done) return;
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = before), SAID_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest('[data-do="share"]');
  if (button) share(button);
});

// <details class="menu"> opens without scripts; with them it also closes on Escape and on a click elsewhere.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// form[data-enhance="id"] posts in the background; the element with that id is taken from the page that comes back.

const policy = window.trustedTypes?.createPolicy("mutoscope-enhance", {
  // Only pages of this site get here, and DOMParser runs no scripts.
  createHTML: (text) => text,
});

async function fetchElement(form, submitter) {
  const response = await fetch(form.action, { method: "POST", body: new FormData(form, submitter) });
  const text = await response.text();
  const page = new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, "text/html");
  return page.getElementById(form.dataset.enhance);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.enhance) return;
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  const element = await fetchElement(form, event.submitter).catch(() => null);
  if (element) {
    document.getElementById(form.dataset.enhance).replaceWith(element);
    return;
  }
  // The answer is no such page, an error or a log-in form for instance: let the browser show it.
  delete form.dataset.enhance;
  form.requestSubmit(event.submitter);
});
