/// What the page does when it is used; without it, all of it can be read.
///
/// The text has neither `<` nor `&`, so that the page is XML as well.
enum PageScript {
  /// The only script that the page's policy lets run: SHA-256 of `text`, in Base64.
  static let digest = "sha256-yzUHPpzz0hPeR40bzcysQ6RrGNBAiXVsOEPpnoSgsgA="

  static let text = """
    "use strict";
    (() => {
      const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
      const one = (selector, root) => (root || document).querySelector(selector);
      const graph = one(".graph");
      /* The graph shows the first wrong call of the first case that has one. */
      let isFirst = true;

      /* Scrolls a box, not the page, so that something in it is in its middle. */
      const center = (box, item, isRow) => {
        const outer = box.getBoundingClientRect(), inner = item.getBoundingClientRect();
        box.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
        if (!isRow) box.scrollLeft += (inner.left + inner.right - outer.left - outer.right) / 2;
      };

      const mark = (name, item, root) => {
        all(`[${name}]`, root).forEach((other) => other.removeAttribute(name));
        if (item) item.setAttribute(name, "true");
      };

      const press = (button) => {
        all("button", button.parentElement).forEach((other) =>
          other.setAttribute("aria-pressed", String(other === button)));
      };

      const boxOf = (row) => {
        const link = one("a", row);
        return link ? document.getElementById(link.hash.slice(1)) : null;
      };

      const show = (row) => {
        if (!row.hidden) return;
        const choice = one("input[value=all]", row.closest("section"));
        choice.checked = true;
        choice.dispatchEvent(new Event("change", { bubbles: true }));
      };

      all("section.case").forEach((section) => {
        const rows = all("tr[id]", section);
        const headings = all("thead th", one(`#${section.id}-calls`)).map((head) => head.textContent);
        const track = one(".track", section), readout = one(".readout", section);

        /* The figures of a call, which the table has, beside the chart. */
        const tell = (row) => {
          const list = document.createElement("dl");
          [...row.cells].forEach((cell, column) => {
            if (!cell.textContent) return;
            const pair = document.createElement("div");
            const term = document.createElement("dt"), text = document.createElement("dd");
            term.textContent = headings[column];
            text.append(...[...cell.cloneNode(true).childNodes]);
            pair.append(term, text);
            list.append(pair);
          });
          readout.replaceChildren(list);
          return all("div", list).map((pair) =>
            `${pair.firstChild.textContent} ${pair.lastChild.textContent.trim()}`).join(", ");
        };

        const select = (number, follows) => {
          const index = Math.max(0, Math.min(rows.length - 1, number)), row = rows[index];
          mark("aria-current", row, section);
          if (track) {
            track.setAttribute("aria-valuenow", index + 1);
            track.setAttribute("aria-valuetext", tell(row));
            const x = `${(index + 0.5) / rows.length * 100}%`;
            all(".cursor", track).forEach((line) => {
              line.setAttribute("x1", x);
              line.setAttribute("x2", x);
            });
          }
          if (!follows) return;
          const box = boxOf(row);
          mark("data-current", box, graph);
          if (box) center(graph, box);
          if (!row.hidden) center(row.closest(".scroll"), row, true);
        };
        rows.forEach((row, index) => row.addEventListener("click", () => select(index, true)));
        section.addEventListener("selectcall", (event) =>
          select(rows.indexOf(event.target), true));

        all(".filter input", section).forEach((choice) => {
          choice.addEventListener("change", () => {
            all("tr[data-verdict]", section).forEach((row) => {
              row.hidden = !["all", row.dataset.verdict].includes(choice.value);
            });
          });
        });

        if (!track) return;
        const plot = one(".plot", track);
        const at = (event) => {
          const box = plot.getBoundingClientRect();
          return Math.floor((event.clientX - box.left) / box.width * rows.length);
        };
        const current = () => Number(track.getAttribute("aria-valuenow")) - 1;
        track.addEventListener("pointermove", (event) => select(at(event), false));
        track.addEventListener("click", (event) => select(at(event), true));
        track.addEventListener("keydown", (event) => {
          const steps = {
            ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10,
            Home: -rows.length, End: rows.length,
          };
          if (event.key in steps) {
            select(current() + steps[event.key], true);
          } else if (event.key === "Enter") {
            show(rows[current()]);
            const link = one("a", rows[current()]);
            rows[current()].scrollIntoView({ block: "center" });
            if (link) link.focus({ preventScroll: true });
          } else {
            return;
          }
          event.preventDefault();
        });
        all("[data-zoom]", section).forEach((button) => {
          button.addEventListener("click", () => {
            press(button);
            track.style.width = `${Number(button.dataset.zoom) * 100}%`;
            center(track.parentElement, one(".cursor", track));
          });
        });
        const isWrong = Boolean(one(".fault", section));
        select(current(), isWrong ? isFirst : false);
        if (isWrong) isFirst = false;
      });

      if (!graph) return;
      const drawing = one("svg", graph);
      if (!drawing) return;
      const size = { width: drawing.getAttribute("width"), height: drawing.getAttribute("height") };
      all("[data-scale]").forEach((button) => {
        button.addEventListener("click", () => {
          press(button);
          Object.keys(size).forEach((name) =>
            drawing.setAttribute(name, size[name] * button.dataset.scale));
          const box = one("[data-current]", graph);
          if (box) center(graph, box);
        });
      });
      document.addEventListener("click", (event) => {
        const link = event.target.closest("a");
        if (!link) return;
        const target = document.getElementById(link.getAttribute("href").slice(1));
        if (!target) return;
        if (graph.contains(target)) {
          event.preventDefault();
          mark("data-current", target, graph);
          graph.scrollIntoView({ block: "nearest" });
          center(graph, target);
          target.focus({ preventScroll: true });
        } else if (graph.contains(link)) {
          event.preventDefault();
          show(target);
          target.dispatchEvent(new Event("selectcall", { bubbles: true }));
          target.scrollIntoView({ block: "center" });
          one("a", target).focus({ preventScroll: true });
        }
      });
    })();
    """
}
