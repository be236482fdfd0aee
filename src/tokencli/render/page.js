"use strict";
(() => {
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
  const PRINT_WIDTH_PX = 640;
  const PRINT_HEIGHT_PX = 260;
  const THEME_KEY = "tokencli-theme";
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, showTips: false };
  const HEAT_STEPS = [0, 0.25, 0.5, 0.75, 1];
  const charts = [];

  // A page opened from a file may be refused its storage; the choice then lasts as long as the page.
  function storedTheme() {
    try {
      return window.localStorage.getItem(THEME_KEY);
    } catch {
      return null;
    }
  }

  function storeTheme(theme) {
    try {
      window.localStorage.setItem(THEME_KEY, theme);
    } catch {
      return;
    }
  }

  function theme() {
    return root.dataset.theme || (systemDark.matches ? "dark" : "light");
  }

  const stored = storedTheme();
  if (stored === "light" || stored === "dark") {
    root.dataset.theme = stored;
  }

  // light-dark() is resolved on real properties only, so each tone is read off an element that wears it.
  function toneReader() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const known = new Map();
    return {
      read(tone) {
        if (!known.has(tone)) {
          probe.style.color = `var(--${tone})`;
          known.set(tone, window.getComputedStyle(probe).color);
        }
        return known.get(tone);
      },
      done() {
        probe.remove();
      },
    };
  }

  function paintTrace(trace, tones) {
    if (trace.type === "heatmap") {
      trace.colorscale = HEAT_STEPS.map((step, place) => [step, tones.read(`heat-${place}`)]);
      return;
    }
    trace.marker.color = tones.read(trace.meta.tone);
    trace.marker.line.color = tones.read("card");
  }

  function paintLayout(layout, tones) {
    layout.paper_bgcolor = "rgba(0,0,0,0)";
    layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font.color = tones.read("muted");
    for (const axis of [layout.xaxis, layout.yaxis]) {
      axis.gridcolor = tones.read("grid");
    }
    Object.assign(layout.hoverlabel, {
      bgcolor: tones.read("card"),
      bordercolor: tones.read("line"),
      font: { color: tones.read("ink"), size: 12 },
    });
  }

  function draw(width) {
    const tones = toneReader();
    for (const chart of charts) {
      const figure = window.structuredClone(chart.figure);
      figure.data.forEach((trace, place) => {
        paintTrace(trace, tones);
        trace.visible = chart.visible[place];
      });
      paintLayout(figure.layout, tones);
      if (width) {
        figure.layout.width = width;
        figure.layout.height = PRINT_HEIGHT_PX;
        figure.layout.autosize = false;
      }
      window.Plotly.react(chart.place, figure.data, figure.layout, CONFIG);
    }
    tones.done();
  }

  function connectLegend(chart) {
    const buttons = [...chart.place.parentElement.querySelectorAll(".legend button")];
    const isChoice = chart.place.parentElement.dataset.choice === "true";
    buttons.forEach((button, place) => {
      button.addEventListener("click", () => {
        chart.visible = chart.visible.map((shown, other) => (isChoice ? other === place : shown !== (other === place)));
        buttons.forEach((one, other) => one.setAttribute("aria-pressed", String(chart.visible[other])));
        window.Plotly.restyle(chart.place, { visible: chart.visible });
      });
    });
  }

  function startCharts() {
    const block = document.getElementById("charts");
    if (!block) {
      return;
    }
    for (const { key, figure } of JSON.parse(block.textContent)) {
      const place = document.querySelector(`#chart-${key} .plot`);
      const chart = { figure, place, visible: figure.data.map((trace) => trace.visible !== false) };
      charts.push(chart);
      connectLegend(chart);
    }
    draw();
  }

  function startTheme() {
    const button = document.getElementById("theme");
    const name = () => {
      button.textContent = theme() === "dark" ? "Light colours" : "Dark colours";
    };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = theme() === "dark" ? "light" : "dark";
      storeTheme(root.dataset.theme);
      name();
      draw();
    });
    systemDark.addEventListener("change", () => {
      name();
      draw();
    });
  }

  function startPrinting() {
    let before;
    window.addEventListener("beforeprint", () => {
      before = root.dataset.theme;
      root.dataset.theme = "light";
      draw(PRINT_WIDTH_PX);
    });
    window.addEventListener("afterprint", () => {
      if (before) {
        root.dataset.theme = before;
      } else {
        delete root.dataset.theme;
      }
      draw();
    });
  }

  function sortBy(table, heading, direction) {
    const column = Number(heading.dataset.column);
    const sign = direction === "ascending" ? 1 : -1;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, rank: Number(row.cells[column].dataset.rank) }));
    // What is not known has rank -1 and stays at the end in both directions.
    rows.sort((a, b) => (a.rank < 0 || b.rank < 0 ? (a.rank < 0) - (b.rank < 0) : sign * (a.rank - b.rank)));
    body.append(...rows.map(({ row }) => row));
    for (const other of table.tHead.rows[0].cells) {
      other.setAttribute("aria-sort", other === heading ? direction : "none");
    }
    document.getElementById("sorted").textContent = `Sorted by ${heading.textContent.trim()}, ${direction}.`;
  }

  function startSorting() {
    for (const heading of document.querySelectorAll("table.sortable thead th")) {
      heading.querySelector("button").addEventListener("click", () => {
        const now = heading.getAttribute("aria-sort");
        const turned = now === "ascending" ? "descending" : "ascending";
        sortBy(heading.closest("table"), heading, now === "none" ? heading.dataset.first : turned);
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    startTheme();
    startSorting();
    startPrinting();
    startCharts();
    root.dataset.ready = "true";
  });
})();
