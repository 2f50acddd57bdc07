"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const text = (node) => (node ? node.textContent.trim() : "");
  const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const gentle = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

  document.documentElement.classList.add("scripted");
  for (const node of all("[data-scripted]")) node.hidden = false;

  // A figure as it is printed: "<1 %" lies below "1 %", "−5" is negative.
  const printed = (words) => {
    const size = Number(words.replace(/[^\d.]/g, ""));
    const beyond = words.startsWith("<") ? -0.5 : words.startsWith(">") ? 0.5 : 0;
    return words.startsWith("−") ? -size : size + beyond;
  };
  const levels = ["low", "guarded", "elevated", "high", "very-high"];

  // Sorting: a button in every heading; missing cells come last whichever way.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (!cell || cell.colSpan > 1) return null;
    const figure = cell.querySelector("data");
    if (figure) return Number(figure.value);
    const level = cell.querySelector(".level");
    if (level) return levels.indexOf(level.classList[1]);
    const words = text(cell.querySelector("bdi") || cell);
    if (words === "" || words === "–") return null;
    return cell.matches(".n") ? printed(words) : words;
  };
  const compare = (a, b) => {
    const numbers = typeof a === "number" && typeof b === "number";
    return numbers ? a - b : String(a).localeCompare(String(b), "en");
  };
  const sort = (table, head) => {
    const column = head.cellIndex;
    const body = table.tBodies[0];
    const keyed = [...body.rows].map((row) => [keyOf(row, column), row]);
    const known = keyed.filter(([key]) => key !== null);
    const rising = known.length && (typeof known[0][0] === "string" || head.matches(".rank"));
    const now = head.getAttribute("aria-sort");
    const first = rising ? "ascending" : "descending";
    const order = now === null ? first : now === "ascending" ? "descending" : "ascending";
    known.sort(([a], [b]) => (order === "ascending" ? compare(a, b) : compare(b, a)));
    for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    body.append(...known.map(([, row]) => row));
    body.append(...keyed.filter(([key]) => key === null).map(([, row]) => row));
  };
  for (const table of all("table.risk, table.plain")) {
    for (const head of all("thead th", table)) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head));
    }
  }

  // Filtering: words (accents do not matter), country, level.
  for (const ranking of all(".ranking")) {
    const [words, country, level] = all(".filters input, .filters select", ranking);
    const rows = all("tbody tr", ranking).map((row) => ({
      row,
      words: plain(row.textContent),
      country: text(row.querySelector(".region small")),
    }));
    const filter = () => {
      const wanted = plain(words.value.trim());
      let shown = 0;
      for (const each of rows) {
        const fits =
          each.words.includes(wanted) &&
          (!country.value || each.country === country.value) &&
          (!level.value || each.row.classList.contains(level.value));
        each.row.hidden = !fits;
        shown += Number(fits);
      }
      const count = `${shown} of ${rows.length} regions`;
      ranking.querySelector("output").textContent = shown < rows.length ? count : "";
    };
    for (const field of [words, country, level]) field.addEventListener("input", filter);
  }

  // Choosing a region: marked on maps and in tables, its card next to the map.
  const cardOf = (number) => {
    const body = document.getElementById(`c${number}`);
    return body ? body.closest("details") : null;
  };
  const show = (number, panel) => {
    const card = cardOf(number).cloneNode(true);
    for (const node of all("[id]", card)) node.removeAttribute("id");
    card.open = true;
    const way = card.querySelector(".ways a");
    way.textContent = "in the ranking";
    way.dataset.to = "row";
    panel.replaceChildren(card);
  };
  // A shape's outline is drawn once more on top: its neighbours would cover half of it.
  const ring = (map, number) => {
    for (const node of all(".ring", map)) node.remove();
    for (let line = 0; line < 2; line += 1) {
      const outline = document.createElementNS(map.namespaceURI, "use");
      outline.setAttribute("href", `#s${number}`);
      outline.setAttribute("class", "ring");
      map.querySelector(".regions").after(outline);
    }
  };
  const choose = (number, panel) => {
    for (const node of all(".chosen")) node.classList.remove("chosen");
    for (const node of all(`tr[data-r="${number}"], .region[data-r="${number}"]`)) {
      node.classList.add("chosen");
      if (node.ownerSVGElement) ring(node.ownerSVGElement, number);
    }
    show(number, panel);
    for (const row of all("tr.chosen")) {
      const box = row.closest(".box");
      if (row.hidden) continue;
      box.scrollTop = row.offsetTop - box.clientHeight / 2;
    }
  };
  const goTo = (node) => node.scrollIntoView({ behavior: gentle, block: "nearest" });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-r]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !cardOf(link.dataset.r)) return;
    event.preventDefault();
    const part = link.closest(".risk-part") || document.querySelector(".risk-part");
    const panel = part.querySelector(".picked");
    choose(link.dataset.r, panel);
    if (link.dataset.to === "row") {
      const row = part.querySelector("tr.chosen");
      if (row) {
        row.scrollIntoView({ behavior: gentle, block: "center" });
        row.querySelector("a").focus({ preventScroll: true });
      }
    } else if (link.closest(".map")) {
      goTo(panel);
    } else {
      goTo(part.querySelector(".map-and-levels"));
      panel.querySelector("summary").focus({ preventScroll: true });
    }
  });

  // On a map the arrow keys go from rank to rank; Tab enters and leaves it.
  for (const map of all(".map")) {
    const links = all("a[data-r]", map).sort((a, b) => a.dataset.r - b.dataset.r);
    map.addEventListener("focusin", (event) => ring(map, event.target.dataset.r));
    map.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
      const here = links.indexOf(document.activeElement);
      const next = links[here + steps[event.key]];
      if (here < 0 || !next) return;
      event.preventDefault();
      links[here].setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  }

  // Print shows what is folded, and folds it again.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open], .no-print)");
    for (const node of folded) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of folded) node.open = false;
  });

  const asked = /^#[cm](\d+)$/.exec(location.hash);
  if (asked && cardOf(asked[1])) choose(asked[1], document.querySelector(".picked"));
})();
