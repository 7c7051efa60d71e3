// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include "plait/core/as_size.hpp"
#include "plait/network/recording.hpp"

namespace plait::inline PLAIT_TARGET {

/// What a tensor is to its layer.
enum class tensor_role : unsigned char {
    weight,
    bias,
    values,  ///< of a layer that is this tensor alone
    running_mean,
    running_variance
};
/// How many there are.
inline constexpr int tensor_roles = 5;

/// The last part of a tensor's name, as PyTorch has it; of values that have a name of their own, none.
constexpr std::string_view to_string(tensor_role role) {
    constexpr std::string_view words[]{"weight", "bias", "", "running_mean", "running_var"};
    return words[static_cast<int>(role)];
}

/// One tensor of a network's state_dict.
struct parameter {
    text_range layer{};  ///< the name is this, a dot, and the role's word if it has one
    tensor_role role{};
    int call = 0;  ///< the written call that it belongs to; others may share it
    int rank = 1;
    int dimensions[4]{};

    /// Whether training changes it by its gradient; else it is a running statistic.
    constexpr bool is_trained() const { return role <= tensor_role::values; }
    /// Values that it has.
    constexpr long long elements() const {
        long long product = 1;
        for (int d = 0; d < rank; ++d) product *= dimensions[d];
        return product;
    }
};

/// All tensors of a network in the order of its layers, one row each: what loading, saving, packing and
/// training go through.
template <int Rows>
struct parameter_table {
    static constexpr int size = Rows;
    parameter rows[as_size(at_least_one(Rows))]{};
};

namespace detail {

/// Calls `visit(role)` for each tensor of a written call.
template <class Visit>
constexpr void for_tensors_of(const op& o, Visit visit) {
    if (o.shares != op::none) return;
    if (o.has_weights()) {
        visit(tensor_role::weight);
        if (o.bias) visit(tensor_role::bias);
    }
    if (o.kind == op_kind::prelu) visit(tensor_role::weight);
    if (o.kind == op_kind::binary && o.channel_values() > 0) visit(tensor_role::values);
    if (o.kind == op_kind::batch_norm) {
        if (o.normalisation.scales) {
            visit(tensor_role::weight);
            visit(tensor_role::bias);
        }
        visit(tensor_role::running_mean);
        visit(tensor_role::running_variance);
    }
}

template <graph_sizes Sizes>
constexpr int count_parameters(const written_program<Sizes>& written) {
    int rows = 0;
    for (int i = 0; i < Sizes.ops; ++i) for_tensors_of(written.ops[i], [&](tensor_role) { ++rows; });
    return rows;
}

}  // namespace detail

/// The table of a network's written form, which has so many rows.
template <int Rows, graph_sizes Sizes>
constexpr parameter_table<Rows> parameters_of(const written_program<Sizes>& written) {
    parameter_table<Rows> table;
    int next = 0;
    for (int i = 0; i < Sizes.ops; ++i) {
        const op& o = written.ops[i];
        detail::for_tensors_of(o, [&](tensor_role role) {
            parameter& row = table.rows[next++];
            row = {.layer = o.name, .role = role, .call = i, .rank = 1, .dimensions = {o.out.count}};
            if (o.kind == op_kind::prelu) row.dimensions[0] = o.channel_values();
            if (role == tensor_role::values) {
                row.rank = 3;
                row.dimensions[1] = row.dimensions[2] = 1;
            }
            if (role != tensor_role::weight || !o.has_weights()) return;
            row.rank = o.kind == op_kind::linear ? 2 : 4;
            row.dimensions[1] = o.fan_in() / o.window.taps();
            if (o.kind == op_kind::conv_transpose) {
                row.dimensions[0] = o.in.count;
                row.dimensions[1] = o.out.count;
            }
            row.dimensions[2] = o.window.rows.kernel;
            row.dimensions[3] = o.window.columns.kernel;
        });
    }
    return table;
}

}  // namespace plait::inline PLAIT_TARGET
