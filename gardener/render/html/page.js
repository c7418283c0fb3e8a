"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(byId(id).textContent);
  const said = byId("said");
  const say = (words) => { said.textContent = words; };
  root.classList.add("js");

  // --- copy a command -----------------------------------------------------------------

  const copy = async (words) => {
    try {
      await navigator.clipboard.writeText(words);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = words;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    const words = button.parentElement.querySelector("code").textContent;
    const done = await copy(words);
    button.focus();
    button.textContent = done ? "Copied" : "Select it by hand";
    say(done ? `Copied: ${words}` : "The browser does not let this page copy.");
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // --- causes: search, filters, order ---------------------------------------------------

  const list = byId("list");
  if (list) {
    const articles = [...list.children];
    const search = byId("search");
    const filters = [...document.querySelectorAll(".filter")];
    const sort = byId("sort");
    const texts = new Map();
    const textOf = (article) => {
      if (!texts.has(article)) texts.set(article, article.textContent.toLowerCase());
      return texts.get(article);
    };
    const fits = (article, words) =>
      filters.every((f) => !f.value || (article.dataset[f.id] ?? "").split("\n").includes(f.value)) &&
      words.every((word) => textOf(article).includes(word));
    const show = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const article of articles) {
        const fit = fits(article, words);
        article.hidden = !fit;
        shown += fit;
      }
      byId("shown").textContent =
        `${shown.toLocaleString("en")} of ${articles.length.toLocaleString("en")}`;
    };
    const orders = {
      order: (a, b) => a.dataset.order - b.dataset.order,
      tests: (a, b) => b.dataset.tests - a.dataset.tests || a.dataset.order - b.dataset.order,
      seconds: (a, b) => b.dataset.seconds - a.dataset.seconds,
      title: (a, b) => a.dataset.title.localeCompare(b.dataset.title),
      folder: (a, b) => a.dataset.folder.localeCompare(b.dataset.folder) || a.dataset.order - b.dataset.order,
    };
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 80);
    });
    for (const filter of filters) filter.addEventListener("change", show);
    sort.addEventListener("change", () => list.append(...[...articles].sort(orders[sort.value])));
    byId("clear").addEventListener("click", () => {
      search.value = "";
      for (const filter of filters) filter.value = "";
      sort.value = "order";
      list.append(...articles);
      show();
      search.focus();
    });
    const openAll = (open) => () => {
      for (const article of articles) {
        if (!article.hidden) article.firstElementChild.open = open;
      }
    };
    byId("open-all").addEventListener("click", openAll(true));
    byId("close-all").addEventListener("click", openAll(false));
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest?.("input, select, textarea");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        search.focus();
      }
    });
    const follow = () => {
      const target = /^#cause-\d+$/.test(location.hash) && byId(location.hash.slice(1));
      if (!target) return;
      target.hidden = false;
      target.firstElementChild.open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    };
    addEventListener("hashchange", follow);
    follow();
  }

  // --- print: all that is folded ----------------------------------------------------------

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });

  // --- all tests ----------------------------------------------------------------------------

  const rows = byId("test-rows");
  if (rows) {
    const step = 100;
    let data;
    let limit = step;
    const cell = (...children) => {
      const td = document.createElement("td");
      td.append(...children);
      return td;
    };
    const row = ([nodeid, outcome, ms, cause, where]) => {
      const tr = document.createElement("tr");
      const name = document.createElement("code");
      name.textContent = nodeid;
      let state = data.outcomes[outcome];
      if (cause) {
        const link = document.createElement("a");
        link.href = `#cause-${cause}`;
        link.textContent = `${state}, cause ${cause}`;
        state = link;
      }
      const time = cell(ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms} ms`);
      time.className = "count";
      tr.append(where ? cell(name, ` in ${where}`) : cell(name), cell(state), time);
      return tr;
    };
    const draw = () => {
      data ??= read("tests-data");
      const words = byId("test-search").value.toLowerCase();
      const outcome = data.outcomes.indexOf(byId("test-outcome").value);
      const found = data.tests.filter(
        (t) => (outcome < 0 || t[1] === outcome) && (!words || t[0].toLowerCase().includes(words)));
      found.sort((a, b) => a[1] - b[1] || b[2] - a[2]);
      rows.replaceChildren(...found.slice(0, limit).map(row));
      byId("tests-shown").textContent =
        `${Math.min(limit, found.length).toLocaleString("en")} of ${found.length.toLocaleString("en")}`;
      byId("more-tests").hidden = found.length <= limit;
    };
    const again = () => { limit = step; draw(); };
    byId("test-search").addEventListener("input", again);
    byId("test-outcome").addEventListener("change", again);
    byId("more-tests").addEventListener("click", () => { limit += 5 * step; draw(); });
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        seen.disconnect();
        draw();
      }
    }, { rootMargin: "600px" });
    seen.observe(byId("tests"));
  }

  // --- why these tests ran: boxes in columns ------------------------------------------------

  const picture = byId("why-picture");
  if (picture) {
    const { columns, edges } = read("why-data");
    const make = (name, attributes, ...children) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, setting] of Object.entries(attributes)) element.setAttribute(key, setting);
      element.append(...children);
      return element;
    };
    const wide = 230, high = 24, across = 330, down = 32, head = 30;
    const place = (column, row) => [20 + column * across, head + 16 + row * down];
    const most = Math.max(1, ...columns.map((names) => names.length));
    const size = [40 + (columns.length - 1) * across + wide, head + 30 + most * down];
    const shortened = (name) => (name.length > 28 ? `…${name.slice(-27)}` : name);
    const lines = edges.map(([c1, r1, c2, r2, number]) => {
      const [x1, y1] = place(c1, r1), [x2, y2] = place(c2, r2);
      const a = x1 + wide, b = y1 + high / 2, c = y2 + high / 2, middle = (a + x2) / 2;
      const path = make("path", {
        d: `M${a} ${b}C${middle} ${b} ${middle} ${c} ${x2} ${c}`,
        "stroke-width": Math.min(1 + Math.log2(number), 5),
      });
      return { path, ends: [`${c1} ${r1}`, `${c2} ${r2}`] };
    });
    const boxes = new Map();
    columns.forEach((names, column) => names.forEach((name, row) => {
      const [x, y] = place(column, row);
      const box = make("g", { class: "box", tabindex: "0", role: "button", "aria-label": name },
        make("title", {}, name),
        make("rect", { x, y, width: wide, height: high, rx: 5 }),
        make("text", { x: x + 8, y: y + 16 }, shortened(name)));
      boxes.set(`${column} ${row}`, box);
    }));
    const titles = columns.map((_, column) => {
      const last = column === columns.length - 1;
      const words = column === 0 ? "What changed" : last ? "Tests" : "By way of";
      return make("text", { x: place(column, 0)[0], y: 24, class: "head" }, words);
    });
    const svg = make("svg", { role: "group", "aria-label": "From what changed to the tests" },
      ...titles, ...lines.map((line) => line.path), ...boxes.values());
    picture.append(svg);

    let view = [0, 0, ...size];
    const look = () => svg.setAttribute("viewBox", view.join(" "));
    const zoom = (factor) => {
      const [x, y, width, height] = view;
      const w = Math.min(Math.max(width * factor, 150), size[0] * 2);
      const h = height * (w / width);
      view = [x + (width - w) / 2, y + (height - h) / 2, w, h];
      look();
    };
    const move = (dx, dy) => { view[0] += dx; view[1] += dy; look(); };
    const whole = () => { view = [0, 0, ...size]; look(); };
    const deeds = { in: () => zoom(0.8), out: () => zoom(1.25), whole };
    for (const button of document.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", deeds[button.dataset.zoom]);
    }
    const pixel = () => view[2] / picture.clientWidth;
    picture.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.15 : 0.87);
    }, { passive: false });
    let from = null;
    picture.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY]; });
    addEventListener("pointerup", () => { from = null; });
    picture.addEventListener("pointermove", (event) => {
      if (!from) return;
      move((from[0] - event.clientX) * pixel(), (from[1] - event.clientY) * pixel());
      from = [event.clientX, event.clientY];
    });

    const light = (start) => {
      const lit = new Set([start]);
      for (const forward of [true, false]) {
        const queue = [start];
        while (queue.length) {
          const here = queue.pop();
          for (const { ends } of lines) {
            const [a, b] = forward ? ends : [ends[1], ends[0]];
            if (a === here && !lit.has(b)) { lit.add(b); queue.push(b); }
          }
        }
      }
      for (const [key, box] of boxes) {
        box.classList.toggle("lit", lit.has(key));
        box.classList.toggle("faint", !lit.has(key));
      }
      for (const { path, ends } of lines) {
        const on = ends.every((end) => lit.has(end));
        path.classList.toggle("lit", on);
        path.classList.toggle("faint", !on);
      }
      say(`${lit.size} boxes lie on ways through ${boxes.get(start).getAttribute("aria-label")}`);
    };
    const unlight = () => {
      for (const element of svg.querySelectorAll(".lit, .faint")) {
        element.classList.remove("lit", "faint");
      }
    };
    for (const [key, box] of boxes) box.addEventListener("click", () => light(key));
    picture.addEventListener("keydown", (event) => {
      const far = 40 * pixel();
      const keys = {
        "+": deeds.in, "=": deeds.in, "-": deeds.out, 0: whole, Escape: unlight,
        ArrowLeft: () => move(-far, 0), ArrowRight: () => move(far, 0),
        ArrowUp: () => move(0, -far), ArrowDown: () => move(0, far),
      };
      const box = event.target.closest(".box");
      if (box && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        box.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      } else if (keys[event.key]) {
        event.preventDefault();
        keys[event.key]();
      }
    });
    whole();
  }
})();
