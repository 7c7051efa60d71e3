// SPDX-License-Identifier: BSD-3-Clause
// Draws the channel weave of one stage: `stage` is what weave.json says of it, `strengths` a value for each channel.

const hues = [205, 172, 96, 44, 18, 338, 268];
const pad = { left: 24, right: 24, top: 46, bottom: 20 };
const column_width = 84;

/** The columns of a stage: an order of channels each, and the step that leads to it. */
function columns_of(stage) {
    const columns = [];
    stage.units.forEach((unit, index) => {
        if (index === 0) columns.push({ order: unit.arriving, unit: index, begins: true });
        else columns.at(-1).unit_after = index;
        if (unit.shuffled.join() !== unit.arriving.join()) columns.push({ order: unit.shuffled, unit: index });
        columns.push({ order: unit.joined, unit: index, made: true });
        if (unit.leaving.join() !== unit.joined.join()) columns.push({ order: unit.leaving, unit: index });
    });
    return columns;
}

export function weave_size(stage) {
    const columns = columns_of(stage);
    return { width: pad.left + pad.right + column_width * (columns.length - 1) };
}

export function draw_weave(canvas, stage, strengths, label) {
    const columns = columns_of(stage);
    const width = Math.max(canvas.parentElement.clientWidth, weave_size(stage).width);
    const height = 330;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    if (canvas.width !== Math.round(width * density)) {
        canvas.width = Math.round(width * density);
        canvas.height = Math.round(height * density);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.fillStyle = "#0d1017";
    pen.fillRect(0, 0, width, height);

    const x_of = (i) => pad.left + (width - pad.left - pad.right) * i / (columns.length - 1);
    const y_of = (order, rank) => pad.top + (height - pad.top - pad.bottom) * (rank + 0.5) / order.length;
    const unit_of = new Map();
    for (const column of columns) {
        for (const channel of column.order) {
            if (!unit_of.has(channel)) unit_of.set(channel, column.begins ? -1 : column.unit);
        }
    }
    // A channel is as bright as it fires, beside the strongest of its unit.
    const most = new Map();
    for (const [channel, unit] of unit_of)
        most.set(unit, Math.max(most.get(unit) ?? 1e-9, strengths?.[channel] ?? 0));
    const colour = (channel, fade = 1) => {
        const unit = unit_of.get(channel);
        const lit = strengths ? Math.sqrt((strengths[channel] ?? 0) / most.get(unit)) : 0.35;
        const hue = unit < 0 ? 220 : hues[unit % hues.length];
        return `hsl(${hue} ${unit < 0 ? 12 : 72}% ${24 + 48 * lit}% / ${(0.14 + 0.86 * lit) * fade})`;
    };

    pen.lineCap = "round";
    const spacing = (height - pad.top - pad.bottom) / Math.max(...columns.map((c) => c.order.length));
    pen.lineWidth = Math.max(1, Math.min(4, spacing * 0.55));
    for (let i = 0; i + 1 < columns.length; ++i) {
        const from = columns[i].order;
        const to = columns[i + 1].order;
        const place = new Map(to.map((channel, rank) => [channel, rank]));
        const x0 = x_of(i);
        const x1 = x_of(i + 1);
        from.forEach((channel, rank) => {
            const y0 = y_of(from, rank);
            pen.beginPath();
            pen.moveTo(x0, y0);
            if (place.has(channel)) {
                const y1 = y_of(to, place.get(channel));
                pen.bezierCurveTo(x0 + (x1 - x0) * 0.5, y0, x1 - (x1 - x0) * 0.5, y1, x1, y1);
                pen.strokeStyle = colour(channel);
            } else {
                pen.lineTo(x0 + (x1 - x0) * 0.3, y0);
                pen.strokeStyle = colour(channel, 0.6);
            }
            pen.stroke();
        });
        const known = new Set(from);
        to.forEach((channel, rank) => {
            if (known.has(channel)) return;
            const y = y_of(to, rank);
            pen.beginPath();
            pen.moveTo(x0 + (x1 - x0) * 0.58, y);
            pen.lineTo(x1, y);
            pen.strokeStyle = colour(channel);
            pen.stroke();
        });
        if (columns[i + 1].made) {
            const x = x0 + (x1 - x0) * 0.44;
            pen.fillStyle = "#ffffff1f";
            pen.fillRect(x - (x1 - x0) * 0.1, pad.top, (x1 - x0) * 0.2, height - pad.top - pad.bottom);
        }
    }

    pen.font = "13px system-ui, sans-serif";
    pen.fillStyle = "#aab2c3";
    pen.textBaseline = "middle";
    stage.units.forEach((unit, index) => {
        const inside = columns.map((c, i) => [c, i]).filter(([c]) => c.unit === index && !c.begins).map(([, i]) => i);
        const left = x_of(inside[0] - 1);
        const right = x_of(inside.at(-1));
        pen.textAlign = "center";
        pen.fillStyle = `hsl(${hues[index % hues.length]} 60% 72%)`;
        pen.fillText(unit.name, (left + right) / 2, 22, right - left - 8);
    });
    canvas.setAttribute("aria-label", label);
}
