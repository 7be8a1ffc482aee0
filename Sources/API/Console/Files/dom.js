// Making and renewing elements. Texts only ever get in as text, so that no name or sentence can become markup.

const svgNamespace = "http://www.w3.org/2000/svg";
const svgTags = new Set(["svg", "path", "circle", "rect", "line", "g", "text", "polygon", "title"]);

// An element. Attributes: `class`, `style` (an object of properties), others as they are; false, null and undefined are
// left out, true stands for an empty value. Children: elements, texts, numbers, lists of them; null is left out.
export function el(tag, attributes = {}, ...children) {
  const node = svgTags.has(tag) ? document.createElementNS(svgNamespace, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "style") {
      for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

// What people have done to an element, which a renewal leaves alone.
const kept = { DETAILS: ["open"] };

// Makes a live element like another one, changing as little as possible: focus, open details and what is selected stay.
// Children with `data-key` are recognised by it.
function renew(live, next) {
  if (live.nodeType === Node.TEXT_NODE) {
    if (live.data !== next.data) live.data = next.data;
    return;
  }
  const spared = kept[live.tagName] ?? [];
  for (const { name, value } of [...next.attributes]) {
    if (name !== "style" && live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  for (const { name } of [...live.attributes]) {
    if (name !== "style" && !next.hasAttribute(name) && !spared.includes(name)) live.removeAttribute(name);
  }
  // Through the object model, which the content security policy allows, and not as an attribute, which it forbids.
  if (live.style && live.style.cssText !== next.style.cssText) live.style.cssText = next.style.cssText;
  fill(live, [...next.childNodes]);
}

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);

const fits = (live, next) =>
  live.nodeType === next.nodeType && live.nodeName === next.nodeName && keyOf(live) === keyOf(next);

// Makes an element's children like the given ones.
export function fill(parent, children) {
  const wanted = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
  const byKey = new Map();
  for (const node of parent.childNodes) {
    const key = keyOf(node);
    if (key !== null) byKey.set(key, node);
  }
  let place = parent.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    let found = null;
    if (key !== null) {
      const known = byKey.get(key);
      if (known && fits(known, next)) found = known;
      byKey.delete(key);
    } else if (place && fits(place, next)) {
      found = place;
    }
    if (found) {
      // Moving an element would take the focus from it, so those that need not move stay.
      while (place && place !== found && keyOf(place) !== null && !wanted.some((node) => keyOf(node) === keyOf(place))) {
        const gone = place;
        place = place.nextSibling;
        gone.remove();
      }
      if (found !== place) parent.insertBefore(found, place);
      else place = place.nextSibling;
      renew(found, next);
    } else {
      parent.insertBefore(next, place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

export const byID = (id) => document.getElementById(id);

export function setText(id, text) {
  const node = byID(id);
  if (node.textContent !== text) node.textContent = text;
}

// Marks that differ in shape, so that no colour is needed to tell them apart.
const shapes = {
  dot: () => [el("circle", { cx: 8, cy: 8, r: 5, fill: "currentColor" })],
  ring: () => [el("circle", { cx: 8, cy: 8, r: 4.25, fill: "none", stroke: "currentColor", "stroke-width": 1.75 })],
  half: () => [
    el("circle", { cx: 8, cy: 8, r: 4.25, fill: "none", stroke: "currentColor", "stroke-width": 1.75 }),
    el("path", { d: "M8 3.75a4.25 4.25 0 0 1 0 8.500z", fill: "currentColor" }),
  ],
  diamond: () => [el("path", { d: "M8 2.500 13.500 8 8 13.500 2.500 8z", fill: "none", stroke: "currentColor", "stroke-width": 1.75 })],
  up: () => [el("path", { d: "M8 3 14 13H2z", fill: "currentColor" })],
  warning: () => [el("path", { d: "M8 2.750 14 13H2z", fill: "none", stroke: "currentColor", "stroke-width": 1.750, "stroke-linejoin": "round" }),
    el("path", { d: "M8 6.500v3", stroke: "currentColor", "stroke-width": 1.500 }), el("circle", { cx: 8, cy: 11.250, r: 0.900, fill: "currentColor" })],
  down: () => [el("path", { d: "M8 13 2 3h12z", fill: "currentColor" })],
  downOpen: () => [el("path", { d: "M8 12.500 2.750 4h10.500z", fill: "none", stroke: "currentColor", "stroke-width": 1.750, "stroke-linejoin": "round" })],
  cross: () => [el("path", { d: "M4 4l8 8M12 4l-8 8", stroke: "currentColor", "stroke-width": 2.250, "stroke-linecap": "round" })],
  equal: () => [el("path", { d: "M3.500 6h9M3.500 10h9", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })],
  dash: () => [el("path", { d: "M3.500 8h9", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })],
  plus: () => [el("path", { d: "M8 3v10M3 8h10", stroke: "currentColor", "stroke-width": 2, "stroke-linecap": "round" })],
};

// A mark for the eye only; the words stand beside it.
export function mark(shape) {
  return el("svg", { class: "mark", viewBox: "0 0 16 16", width: 12, height: 12, "aria-hidden": "true", focusable: "false" }, shapes[shape]());
}

// A label with a mark before it.
export function chip(kind, shape, text) {
  return el("span", { class: `chip ${kind}` }, mark(shape), el("span", {}, text));
}
