// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plait/core/decimal.hpp"
#include "plait/network/blueprint.hpp"

namespace plait::inline PLAIT_TARGET {

/// One leaf block: a layer, or a unit of several.
struct layer_summary {
    std::string name;   ///< in words: "conv 3x3", "AugShuffle unit"
    std::string scope;  ///< name of the scope in which its weights stand
    bool is_unit = false;
    int stage =
        1;  ///< as the papers count: 1 is the stem, a unit of another size starts the next, last the head
    int first_op = 0;
    int end_op = 0;
    shape input{};
    shape output{};
    feature_map output_map{};
    long long parameters = 0;
    long long macs = 0;
};

/// A network layer by layer, and what it costs in all.
struct network_summary {
    shape input{};
    std::vector<layer_summary> layers;
    long long parameters = 0;
    long long macs = 0;
    long long workspace_bytes = 0;
};

namespace detail {

inline std::string window_word(const char* word, const op& o) {
    const window_axis& rows = o.window.rows;
    const window_axis& columns = o.window.columns;
    const auto both = [](int height, int width) {
        std::string made = std::to_string(height);
        if (width != height) made.append("x").append(std::to_string(width));
        return made;
    };
    std::string made(word);
    made.append(" ").append(std::to_string(rows.kernel)).append("x").append(std::to_string(columns.kernel));
    if (rows.stride > 1 || columns.stride > 1) made.append(" / ").append(both(rows.stride, columns.stride));
    if (rows.dilation > 1 || columns.dilation > 1)
        made.append(" dilated ").append(both(rows.dilation, columns.dilation));
    if (o.groups > 1) made.append(", ").append(std::to_string(o.groups)).append(" groups");
    return made;
}

inline std::string resample_word(const op& o) {
    using enum sampled_axis::rule;
    const sampled_axis& rows = o.sampling.rows;
    const extent to = o.out.size;
    if (rows.by == reflection) return "reflection pad";
    if (rows.by == zeros)
        return rows.begin < 0 || to.height > rows.in || to.width > o.in.size.width ? "pad"
                                                                                   : "slice of pixels";
    const int factor = to.height / o.in.size.height;
    if (rows.by == nearest_floor && rows.at == coordinates::asymmetric && to == o.in.size * factor)
        return std::string("upsample x") + std::to_string(factor);
    return std::string(rows.by == linear ? "bilinear " : "nearest ") + std::to_string(to.height) + "x" +
           std::to_string(to.width);
}

/// "add", of two maps; "multiply by 2", "subtract from 1" of a map and a number; "add values" of a map and
/// one a channel.
inline std::string binary_word(const binary& b) {
    using enum binary_operation;
    std::string word(to_string(b.operation));
    const bool has_values = b.other == operand::channel_values;
    if (b.other != operand::constant && !has_values) return word;
    const char* joined = " ";
    if (b.operation == multiply || b.operation == divide) joined = " by ";
    if (b.operation == maximum || b.operation == minimum) joined = " with ";
    const std::string number = has_values ? "values" : short_decimal(b.constant);
    if (!b.other_first) return word.append(joined).append(number);
    return b.operation == divide ? word.append(" ").append(number).append(" by it")
                                 : word.append(" from ").append(number);
}

inline std::string layer_word(const op& o) {
    if (o.is_norm_alone()) return to_string(op_kind::batch_norm);
    switch (o.kind) {
        case op_kind::dense:
        case op_kind::pointwise: return window_word("conv", o);
        case op_kind::depthwise: return window_word("depthwise", o);
        case op_kind::conv_transpose: return window_word("transposed conv", o);
        case op_kind::max_pool: return window_word("max pool", o);
        case op_kind::average_pool: return window_word("average pool", o);
        case op_kind::binary: return binary_word(o.binary);
        case op_kind::resample: return resample_word(o);
        case op_kind::pixel_shuffle:
        case op_kind::pixel_unshuffle:
            return std::string(to_string(o.kind)) + " x" + std::to_string(o.factor);
        case op_kind::activate: return to_string(o.act);
        case op_kind::global_average_pool:
        case op_kind::global_max_pool:
        case op_kind::linear:
        case op_kind::fill:
        case op_kind::input:
        case op_kind::on_packs:
        case op_kind::softmax:
        case op_kind::batch_norm:
        case op_kind::dropout:
        case op_kind::prelu: break;
    }
    return to_string(o.kind);
}

/// A unit is all ops of its block; any other op stands for itself.
inline int end_of_layer(const blueprint& b, int first) {
    int end = first + 1;
    const block_summary* const block = b.block_of(first);
    if (!block || !block->is_unit) return end;
    while (end < b.op_count() && b.call(end).block == b.call(first).block) ++end;
    return end;
}

/// "residual unit / 2": a down unit's name says it already.
inline std::string unit_name(const block_summary& unit) {
    const int stride = unit.in.size.height / unit.out.size.height;
    if (stride <= 1 || unit.word.starts_with("down")) return unit.word;
    return unit.word + " / " + std::to_string(stride);
}

inline layer_summary summarise_layer(const blueprint& b, int first) {
    const block_summary* const block = b.block_of(first);
    layer_summary layer;
    layer.first_op = first;
    layer.end_op = end_of_layer(b, first);
    layer.is_unit = block && block->is_unit;
    layer.scope = block ? block->scope : "";
    layer.name = layer.is_unit ? unit_name(*block) : layer_word(b.call(first));
    layer.output_map = layer.is_unit ? block->out : b.call(layer.end_op - 1).out;
    layer.input = layer.is_unit ? block->in.dimensions() : b.call(first).in.dimensions();
    layer.output = layer.output_map.dimensions();
    for (int i = first; i < layer.end_op; ++i) {
        layer.parameters += b.call(i).parameters();
        layer.macs += b.call(i).macs();
    }
    return layer;
}

inline void number_stages(std::vector<layer_summary>& layers) {
    int stage = 1;
    std::size_t end_of_units = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].is_unit && layers[i].input.plane() != layers[i].output.plane()) ++stage;
        if (layers[i].is_unit) end_of_units = i + 1;
        layers[i].stage = stage;
    }
    if (end_of_units == 0) return;
    for (std::size_t i = end_of_units; i < layers.size(); ++i) layers[i].stage = stage + 1;
}

}  // namespace detail

/// Layers, stages and totals.
inline network_summary summarise(const blueprint& b) {
    network_summary summary{.input = b.input.dimensions(),
                            .layers = {},
                            .parameters = b.parameters,
                            .macs = b.macs,
                            .workspace_bytes = b.workspace_bytes()};
    for (int first = 0; first < b.op_count(); first = summary.layers.back().end_op)
        summary.layers.push_back(detail::summarise_layer(b, first));
    detail::number_stages(summary.layers);
    return summary;
}

/// The same of a network, under the default layout policy.
template <class Network>
network_summary summarise() {
    return summarise(blueprint_of<Network>());
}

/// The stage that each op belongs to.
inline std::vector<int> stages_of_ops(const network_summary& summary) {
    std::vector<int> stages;
    for (const layer_summary& layer : summary.layers)
        stages.resize(static_cast<std::size_t>(layer.end_op), layer.stage);
    return stages;
}

// Printed.

/// "10,198,144"
inline std::string with_commas(long long number) {
    std::string digits = std::to_string(number);
    const int sign = number < 0 ? 1 : 0;
    for (int i = static_cast<int>(digits.size()) - 3; i > sign; i -= 3)
        digits.insert(static_cast<std::size_t>(i), 1, ',');
    return digits;
}

/// "24 x 32 x 32"
inline std::string to_string(shape s) {
    return std::to_string(s.channels) + " x " + std::to_string(s.height) + " x " + std::to_string(s.width);
}

/// "154.3 KiB"
inline std::string in_kib(long long bytes) {
    return decimal(static_cast<double>(bytes) / 1024, {.places = 1}) + " KiB";
}

/// "12.9 %"
inline std::string percent(long long part, long long total) {
    return decimal(total > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(total) : 0.0,
                   {.places = 1}) +
           " %";
}

/// A table of text: every column as wide as its widest cell, numbers to the right.
class text_table {
public:
    enum class align : unsigned char { left, right };

    explicit text_table(std::vector<align> columns) : columns_(std::move(columns)) {}

    /// Adds a row with a cell for each column.
    void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    /// Adds a line across.
    void rule() { rows_.emplace_back(); }

    /// The table, a line a row.
    std::string to_string() const {
        std::vector<std::size_t> widths(columns_.size());
        for (const auto& cells : rows_) {
            for (std::size_t c = 0; c < cells.size(); ++c) widths[c] = std::max(widths[c], cells[c].size());
        }
        std::string text;
        for (const auto& cells : rows_) text += line(cells, widths) + "\n";
        return text;
    }

private:
    std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) const {
        std::size_t all = 2 * (widths.size() - 1);
        for (std::size_t width : widths) all += width;
        if (cells.empty()) return std::string(all, '-');

        std::string text;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const std::string padding(widths[c] - cells[c].size(), ' ');
            if (c > 0) text += "  ";
            text += columns_[c] == align::left ? cells[c] + padding : padding + cells[c];
        }
        return text.substr(0, text.find_last_not_of(' ') + 1);
    }

    std::vector<align> columns_;
    std::vector<std::vector<std::string>> rows_;
};

/// One line a layer with its share of the multiply-adds, under the names that weights stand under where
/// there are any, then the totals.
inline std::string to_table(const network_summary& summary) {
    using enum text_table::align;
    text_table table({left, right, right, right, right});
    table.row({"layer", "output shape", "parameters", "multiply-adds", "share"});
    table.rule();
    table.row({"input", to_string(summary.input), "", "", ""});
    std::string_view scope;
    for (const layer_summary& layer : summary.layers) {
        if (layer.scope != scope && !layer.scope.empty()) table.row({layer.scope, "", "", "", ""});
        scope = layer.scope;
        table.row({scope.empty() ? layer.name : std::string("  ") + layer.name, to_string(layer.output),
                   with_commas(layer.parameters), with_commas(layer.macs),
                   percent(layer.macs, summary.macs)});
    }
    table.rule();
    table.row({"total", "", with_commas(summary.parameters), with_commas(summary.macs), "100.0 %"});
    return table.to_string() + "workspace: " + with_commas(summary.workspace_bytes) + " bytes (" +
           in_kib(summary.workspace_bytes) + ")\n";
}

}  // namespace plait::inline PLAIT_TARGET
