// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "plait/core/decimal.hpp"
#include "plait/network/summary.hpp"

// The plan over time: which part of the workspace holds what, from which call to which.

namespace plait::inline PLAIT_TARGET {

/// Part of the workspace that one call fills and that is free again after its last reader: the values from
/// `begin` up to but not including `end`, in use during the calls `from` to `until`.
struct tenancy {
    static constexpr int the_input = -1;

    int begin = 0;
    int end = 0;
    int from = 0;
    int until = 0;
    int writer = the_input;
    bool is_scratch = false;

    /// Values that it has.
    int size() const { return end - begin; }
    /// Whether it is in use while call `op` runs.
    bool alive_at(int op) const { return from <= op && op <= until; }
};

namespace detail {

/// The planes or groups that `writer` fills, neighbours that die together as one. Inputs are there before the
/// first call.
inline void add_tenancies(std::vector<tenancy>& all, const blueprint& b, feature_map map, int writer) {
    const int step = b.out_step(writer);
    const int pixels = map.size.pixels();
    const int size = step == 1 ? plane_pitch(pixels) : pixels * step;
    const bool is_input = writer < 0 || b.placed(writer).kind == op_kind::input;
    const int from = is_input ? 0 : writer;
    const std::size_t first = all.size();
    const map_pieces pieces = map_pieces::of(map, writer < 0 ? 1 : b.placed(writer).groups, step);
    for (int piece = 0; piece < pieces.count; ++piece) {
        const int c = pieces.first(piece);
        int until = from;
        for (int lane = c; lane < c + pieces.channels(piece); ++lane)
            until = std::max(until, b.last_reader_of(b.channel(map, lane)));
        until = std::min(until, b.op_count() - 1);
        const int begin = b.place(map, c);
        const bool grows = all.size() > first && all.back().end == begin && all.back().until == until;
        if (grows)
            all.back().end += size;
        else
            all.push_back({begin, begin + size, from, until, is_input ? tenancy::the_input : writer, false});
    }
}

}  // namespace detail

/// All that the plan places, in order of the calls.
inline std::vector<tenancy> tenancies_of(const blueprint& b) {
    std::vector<tenancy> all;
    detail::add_tenancies(all, b, b.input, tenancy::the_input);
    for (int i = 0; i < b.op_count(); ++i) {
        const int begin = b.scratch[static_cast<std::size_t>(i)];
        const int size = b.scratch_size[static_cast<std::size_t>(i)];
        if (size > 0) all.push_back({begin, begin + size, i, i, i, true});
        detail::add_tenancies(all, b, b.placed(i).out, i);
    }
    return all;
}

/// Values in use while op `op` runs.
inline int live_values(const std::vector<tenancy>& all, int op) {
    int values = 0;
    for (const tenancy& t : all) values += t.alive_at(op) ? t.size() : 0;
    return values;
}

namespace detail {

/// The places of a map's channels, and of a second map's, as few ranges of the workspace, in KiB:
/// "4.0-28.0, 40.5-52.5".
inline std::string ranges_in_kib(const blueprint& b, feature_map map, int step, feature_map other = {}) {
    std::vector<std::pair<int, int>> ranges;
    const auto add = [&](feature_map of, int of_step) {
        const int size = of_step == 1 ? plane_pitch(of.size.pixels()) : of.size.pixels() * of_step;
        for (int c = 0; c < of.count; ++c) {
            const int base = b.place(of, c) - b.place(of, c) % of_step;
            ranges.emplace_back(base, base + size);
        }
    };
    add(map, step);
    add(other, other.size.pixels() == 1 ? native_lanes : step);
    std::sort(ranges.begin(), ranges.end());

    std::vector<std::pair<int, int>> merged;
    for (const auto& range : ranges) {
        if (!merged.empty() && range.first <= merged.back().second)
            merged.back().second = std::max(merged.back().second, range.second);
        else
            merged.push_back(range);
    }

    constexpr std::size_t most = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(merged.size(), most); ++i) {
        const auto kib = [&b](int values) {
            return decimal(static_cast<double>(b.bytes(values)) / 1024, {.places = 1});
        };
        text += (i > 0 ? ", " : "") + kib(merged[i].first) + "-" + kib(merged[i].second);
    }
    return merged.size() > most ? text + ", +" + std::to_string(merged.size() - most) : text;
}

inline std::string layout_word(op_layout layout) {
    const auto word = [](int step) { return step == 1 ? "planes" : "groups"; };
    if (layout.in_step == layout.out_step) return word(layout.out_step);
    return std::string(word(layout.in_step)) + " to " + word(layout.out_step);
}

}  // namespace detail

/// One line an op: what it reads from and writes to (ranges of the workspace in KiB), how the channels lie,
/// and the bytes that are alive while it runs.
inline std::string plan_table(const blueprint& b) {
    using enum text_table::align;
    const std::vector<tenancy> all = tenancies_of(b);
    text_table table({right, left, right, left, left, left, right});
    table.row({"op", "call", "output", "reads KiB", "writes KiB", "layout", "live bytes"});
    table.rule();
    for (int i = 0; i < b.op_count(); ++i) {
        const op& o = b.call(i);
        const op_layout layout = b.layout[static_cast<std::size_t>(i)];
        table.row({std::to_string(i), detail::layer_word(o), to_string(o.out.dimensions()),
                   detail::ranges_in_kib(b, b.placed(i).in, layout.in_step, b.placed(i).other),
                   detail::ranges_in_kib(b, b.placed(i).out, layout.out_step), detail::layout_word(layout),
                   with_commas(b.bytes(live_values(all, i)))});
    }
    table.rule();
    return table.to_string() + "workspace " + with_commas(b.workspace_bytes()) + " bytes, of which " +
           with_commas(2 * b.bytes(b.margin)) + " margin; at most " + with_commas(b.bytes(b.lower_bound)) +
           " are alive at once\n";
}

/// The workspace as a picture of letters: an op a column, addresses upwards, each cell the stage that wrote
/// it ('1' the stem; 'i' the input, '+' an op's own scratch, '.' free).
inline std::string memory_map(const blueprint& b, int rows = 24) {
    const std::vector<int> stages = stages_of_ops(summarise(b));
    const int row_values = std::max(1, (b.size + rows - 1) / rows);
    std::vector<std::string> cells(static_cast<std::size_t>(rows), std::string(b.ops.size(), '.'));
    for (const tenancy& t : tenancies_of(b)) {
        char letter = 'i';
        if (t.writer >= 0) letter = static_cast<char>('0' + stages[static_cast<std::size_t>(t.writer)] % 10);
        if (t.is_scratch) letter = '+';
        for (int row = t.begin / row_values; row <= (t.end - 1) / row_values; ++row) {
            for (int i = t.from; i <= t.until; ++i)
                cells[static_cast<std::size_t>(row)][static_cast<std::size_t>(i)] = letter;
        }
    }

    std::string text;
    for (int row = rows - 1; row >= 0; --row) {
        text += decimal(static_cast<double>(b.bytes(row * row_values)) / 1024, {.places = 1, .width = 7}) +
                " | " + cells[static_cast<std::size_t>(row)] + "\n";
    }
    return text + "    KiB +-" + std::string(b.ops.size(), '-') + " op\n";
}

}  // namespace plait::inline PLAIT_TARGET
