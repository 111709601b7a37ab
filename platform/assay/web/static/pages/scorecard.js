// Draws the plots of a scorecard from its figures. Without it the page has pictures of ours.
(() => {
  "use strict";

  const page = document.querySelector("[data-figures]");
  if (!page || !window.uPlot || !window.echarts) return;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const drawn = [];
  let figures = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const fonts = getComputedStyle(document.body).fontFamily;
  const style = () => ({
    ink: colour("--ink"), muted: colour("--muted"), line: colour("--line"), own: colour("--own"),
    reference: colour("--reference"), limit: colour("--limit"), drift: colour("--drift"),
    fault: colour("--fault"), track: colour("--track"), page: colour("--page"),
  });
  const short = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    return size >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));
  };

  // Role -> how a line looks; lines differ by more than colour.
  const looks = (c) => ({
    submission: { stroke: c.own, width: 2 },
    reference: { stroke: c.reference, width: 2, dash: [6, 4] },
    p50: { stroke: c.own, width: 2 },
    p95: { stroke: c.own, width: 2, dash: [8, 4] },
    p99: { stroke: c.own, width: 2, dash: [2, 4] },
    offered: { stroke: c.reference, width: 2, dash: [6, 4] },
    answered: { stroke: c.own, width: 2 },
    within: { stroke: c.limit, width: 2, dash: [10, 4, 2, 4] },
  });

  const axis = (c, label, log) => ({
    label, stroke: c.ink, font: `12px ${fonts}`, labelFont: `12px ${fonts}`, grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line, width: 1 },
    labelSize: 22, size: label ? 54 : 40, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))),
    ...(log ? { space: 30 } : {}),
  });

  function limits(c, plot) {
    return (u) => {
      if (!plot.limit) return;
      const { ctx, bbox } = u;
      const along = plot.limit.axis;
      const at = u.valToPos(plot.limit.at, along, true);
      ctx.save();
      ctx.strokeStyle = c.limit;
      ctx.lineWidth = 2;
      ctx.setLineDash([3, 4]);
      ctx.beginPath();
      if (along === "y") { ctx.moveTo(bbox.left, at); ctx.lineTo(bbox.left + bbox.width, at); }
      else { ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); }
      const inside = along === "y" ? at >= bbox.top && at <= bbox.top + bbox.height
        : at >= bbox.left && at <= bbox.left + bbox.width;
      if (inside) ctx.stroke();
      ctx.restore();
    };
  }

  function lines(place, plot, c) {
    const joined = uPlot.join(plot.series.map((one) => [one.x, one.y]));
    const look = looks(c);
    const options = {
      width: place.clientWidth, height: 280, cursor: { y: false }, legend: { live: true },
      scales: {
        x: { time: false, distr: plot.x.log ? 3 : 1 },
        y: plot.y.log ? { distr: 3 } : { range: (_, low, high) => [Math.min(0, low), high * 1.05 || 1] },
      },
      axes: [{ ...axis(c, plot.x.label, plot.x.log), size: 44 }, axis(c, plot.y.label, plot.y.log)],
      series: [
        { label: plot.x.label, value: (_, v) => short(v) },
        ...plot.series.map((one) => ({
          label: one.label, spanGaps: true, value: (_, v) => short(v), ...look[one.role],
          ...(one.dots ? { paths: () => null, points: { show: true, size: 7, fill: one.role === "reference" ? c.page : look[one.role].stroke } } : {}),
        })),
      ],
      hooks: { draw: [limits(c, plot)] },
    };
    return new uPlot(options, joined, place);
  }

  function frame(place, option) {
    const chart = echarts.init(place, null, { renderer: "svg", height: option.height });
    chart.setOption({
      animation: false, aria: { enabled: true, decal: { show: true } }, ...option.content,
    });
    return { setSize: ({ width }) => chart.resize({ width }), destroy: () => chart.dispose() };
  }

  const text = (c) => ({ textStyle: { color: c.ink, fontFamily: fonts } });
  const valueAxis = (c, name) => ({
    type: "value", name, nameLocation: "middle", nameGap: 26, nameTextStyle: { color: c.ink },
    axisLabel: { color: c.ink }, splitLine: { lineStyle: { color: c.line } },
  });
  const nameAxis = (c, data) => ({
    type: "category", data, inverse: true, axisTick: { show: false },
    axisLabel: { color: c.ink, width: 110, overflow: "break" }, axisLine: { lineStyle: { color: c.line } },
  });

  function bars(place, plot, c) {
    const values = plot.bars.map((_, at) => plot.series[at].y[0]);
    return frame(place, {
      height: 62 + 52 * plot.bars.length,
      content: {
        ...text(c), grid: { left: 128, right: 50, top: 8, bottom: 44 },
        xAxis: valueAxis(c, plot.x.label), yAxis: nameAxis(c, plot.bars),
        series: [{
          type: "bar", name: plot.title, barWidth: 26, label: { show: true, position: "right", color: c.ink, formatter: (p) => short(p.value) },
          data: values.map((value, at) => ({ value, itemStyle: { color: plot.series[at].role === "reference" ? c.reference : c.own } })),
        }],
      },
    });
  }

  function profile(place, areas, c) {
    const others = areas.some((one) => one.middle !== null);
    const series = [{
      type: "bar", name: "This submission", barWidth: 12, itemStyle: { color: c.own },
      data: areas.map((one) => one.own),
      markLine: { silent: true, symbol: "none", lineStyle: { color: c.reference, type: "dashed", width: 2 },
        label: { show: false }, data: [{ xAxis: 100 }] },
    }];
    if (others) {
      const box = { type: "bar", stack: "others", barWidth: 8, silent: true };
      series.push(
        { ...box, name: "", itemStyle: { color: "transparent", decal: { symbol: "none" } }, data: areas.map((one) => one.lower) },
        { ...box, name: "Middle half of the others", itemStyle: { color: c.track, borderColor: c.muted, borderWidth: 1 }, data: areas.map((one) => (one.middle === null ? null : one.upper - one.lower)) },
        { type: "scatter", name: "Median of the others", symbol: "diamond", symbolSize: 11, itemStyle: { color: c.ink }, data: areas.map((one, at) => (one.middle === null ? null : [one.middle, at])).filter(Boolean) },
      );
    }
    return frame(place, {
      height: 52 + 46 * areas.length,
      content: {
        ...text(c), grid: { left: 118, right: 24, top: 8, bottom: 44 },
        xAxis: { ...valueAxis(c, "share of the points (%)"), min: 0, max: 100 },
        yAxis: nameAxis(c, areas.map((one) => one.title)), series,
      },
    });
  }

  function among(place, pool, c) {
    const own = pool.own === null ? -1 : Math.min(9, Math.floor(pool.own / 10));
    return frame(place, {
      height: 260,
      content: {
        ...text(c), grid: { left: 50, right: 16, top: 16, bottom: 48 },
        xAxis: { ...nameAxis(c, pool.bins.map((_, at) => `${10 * at}`)), inverse: false, name: "total, from", nameLocation: "middle", nameGap: 28, nameTextStyle: { color: c.ink } },
        yAxis: { ...valueAxis(c, "results"), minInterval: 1 },
        series: [{ type: "bar", name: "Results", data: pool.bins.map((value, at) => ({
          value, itemStyle: { color: at === own ? c.own : c.track, borderColor: at === own ? c.own : c.muted, borderWidth: 1 },
        })), markLine: own < 0 ? undefined : { silent: true, symbol: "none", lineStyle: { color: c.own, width: 2 }, label: { formatter: "this one", color: c.ink }, data: [{ xAxis: own }] } }],
      },
    });
  }

  // Bands of incidents behind the lines; what must not page is hatched.
  function incidentBands(c, timeline) {
    const fills = { fault: c.fault, drift: c.drift };
    return (u) => {
      const { ctx, bbox } = u;
      const x = (minute) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, u.valToPos(minute, "x", true)));
      ctx.save();
      ctx.globalAlpha = 0.5;
      ctx.fillStyle = c.line;
      ctx.fillRect(bbox.left, bbox.top, x(timeline.warmup_min) - bbox.left, bbox.height);
      for (const one of timeline.incidents) {
        const left = x(one.start_min);
        const width = x(one.end_min) - left;
        if (width <= 0) continue;
        if (one.kind !== "decoy") {
          ctx.globalAlpha = 0.28;
          ctx.fillStyle = fills[one.kind];
          ctx.fillRect(left, bbox.top, width, bbox.height);
        } else {
          hatched(ctx, left, bbox.top, width, bbox.height, c.muted);
        }
        ctx.globalAlpha = 1;
        ctx.fillStyle = c.ink;
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        ctx.fillText(String(one.number), left + 3 * devicePixelRatio, bbox.top + 14 * devicePixelRatio);
      }
      ctx.restore();
    };
  }

  function hatched(ctx, left, top, width, height, ink) {
    ctx.save();
    ctx.globalAlpha = 0.55;
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.strokeStyle = ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (let at = left - height; at < left + width; at += 8 * devicePixelRatio) {
      ctx.moveTo(at, top + height);
      ctx.lineTo(at + height, top);
    }
    ctx.stroke();
    ctx.strokeRect(left, top, width, height);
    ctx.restore();
  }

  function shown(timeline, name) {
    const spans = Math.max(1, Math.round(timeline.length_min / 240));
    const span = timeline.length_min / spans;
    const from = Number(name.replace("timeline-", "")) || 0;
    return [from, from + span];
  }

  function course(place, timeline, c, name) {
    const [from, to] = shown(timeline, name);
    const options = {
      width: place.clientWidth, height: 300, cursor: { y: false },
      scales: { x: { time: false, range: [from, to] }, y: { distr: 3 }, failed: { range: [0, 100] } },
      axes: [
        { ...axis(c, "virtual minutes"), size: 44 },
        axis(c, "p95 (ms)", true),
        { ...axis(c, "failed (%)"), scale: "failed", side: 1, grid: { show: false } },
      ],
      series: [
        { label: "minute", value: (_, v) => short(v) },
        { label: "p95 (ms)", stroke: c.ink, width: 1.5, value: (_, v) => short(v) },
        { label: "failed (%)", scale: "failed", stroke: c.limit, fill: `${c.limit}55`, width: 1, dash: [4, 3], value: (_, v) => short(v) },
      ],
      hooks: { drawClear: [incidentBands(c, timeline)] },
    };
    const chart = new uPlot(options, [timeline.minutes, timeline.p95_ms, timeline.failed_percent], place);
    const lanes = alertLanes(chart, timeline, from, to);
    if (lanes) place.append(lanes);
    return chart;
  }

  const NS = "http://www.w3.org/2000/svg";
  function part(tag, attributes, content) {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
    if (content) made.textContent = content;
    return made;
  }

  // One line for each alert that fired, below the plot and in its scale.
  function alertLanes(chart, timeline, from, to) {
    const lanes = timeline.lanes.filter((lane) => lane.bars.some((bar) => bar.start_min < to && bar.end_min > from));
    if (!lanes.length) return null;
    const width = chart.width;
    const left = chart.bbox.left / devicePixelRatio;
    const scale = chart.bbox.width / devicePixelRatio / (to - from);
    const x = (minute) => left + scale * (Math.min(to, Math.max(from, minute)) - from);
    const svg = part("svg", { class: "lanes", viewBox: `0 0 ${width} ${lanes.length * 34 + 4}`, "aria-hidden": "true" });
    lanes.forEach((lane, row) => {
      svg.append(part("text", { x: left, y: row * 34 + 14 }, lane.alert));
      for (const bar of lane.bars) {
        if (bar.start_min >= to || bar.end_min <= from) continue;
        if (bar.onset_min !== null) {
          svg.append(part("path", { class: "delay", d: `M ${x(bar.onset_min)} ${row * 34 + 18} v 13 m 0 -6.5 H ${x(bar.start_min)}` }));
        }
        const box = part("rect", { class: bar.role, x: x(bar.start_min), y: row * 34 + 19, height: 11, width: Math.max(2, x(bar.end_min) - x(bar.start_min)) });
        box.append(part("title", {}, `${lane.alert}: ${bar.told}, minute ${short(bar.start_min)} to ${short(bar.end_min)}`));
        svg.append(box);
      }
    });
    return svg;
  }

  function draw() {
    const c = style();
    for (const old of drawn.splice(0)) { old.chart.destroy(); old.place.replaceChildren(); }
    const keep = (place, chart) => { if (chart) drawn.push({ place, chart }); };
    for (const place of page.querySelectorAll("[data-plot]")) {
      const name = place.dataset.plot;
      const plot = figures.plots.find((one) => one.name === name);
      if (plot) keep(place, plot.bars.length ? bars(place, plot, c) : lines(place, plot, c));
      else if (figures.timeline && name.startsWith("timeline")) keep(place, course(place, figures.timeline, c, name));
    }
    for (const place of page.querySelectorAll("[data-chart]")) {
      place.closest("figure").hidden = false;
      if (place.dataset.chart === "areas") keep(place, profile(place, figures.areas, c));
      else if (figures.pool.enough) keep(place, among(place, figures.pool, c));
    }
  }

  let width = innerWidth;
  let soon = 0;
  function resized() {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(soon);
    soon = setTimeout(draw, 150);
  }

  async function begin() {
    const told = page.querySelector(".loading");
    if (told) told.hidden = false;
    try {
      const answer = await fetch(page.dataset.figures, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      figures = await answer.json();
      draw();
      if (told) told.hidden = true;
      addEventListener("resize", resized);
      dark.addEventListener("change", draw);
    } catch {
      if (told) told.textContent = "The plots could not be drawn. Their figures are in the tables; reload the page to try again.";
    }
  }

  begin();
})();
