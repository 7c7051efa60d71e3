// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plait/core/name.hpp"
#include "plait/graph/graph.hpp"

namespace plait::inline PLAIT_TARGET {

/// Each channel combined with a value of its own, a C x 1 x 1 tensor of the state_dict: by default
/// multiplied, as by an `nn.Parameter` that scales a layer. It stands under `name`, or is the weight of a
/// number.
struct combine_values {
    binary_operation operation = binary_operation::multiply;
    bool value_first = false;  ///< value - map, value / map
    plait::name name{};

    /// Whether it opens no scope: it takes no more than a number.
    constexpr bool names_its_layers() const { return true; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const channel_values values{name.view()};
        switch (operation) {
            case binary_operation::add: return g.add(x, values);
            case binary_operation::subtract:
                return value_first ? g.subtract(values, x) : g.subtract(x, values);
            case binary_operation::multiply: return g.multiply(x, values);
            case binary_operation::divide: return value_first ? g.divide(values, x) : g.divide(x, values);
            case binary_operation::maximum: return g.maximum(x, values);
            case binary_operation::minimum: return g.minimum(x, values);
        }
        return x;
    }
};

/// Every value combined with a constant.
struct combine_constant {
    binary_operation operation = binary_operation::multiply;
    real constant{};
    bool constant_first = false;  ///< constant - map, constant / map

    /// Whether it opens no scope: it takes no more than a number.
    constexpr bool names_its_layers() const { return true; }
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        switch (operation) {
            case binary_operation::add: return g.add(x, constant);
            case binary_operation::subtract:
                return constant_first ? g.subtract(constant, x) : g.subtract(x, constant);
            case binary_operation::multiply: return g.multiply(x, constant);
            case binary_operation::divide:
                return constant_first ? g.divide(constant, x) : g.divide(x, constant);
            case binary_operation::maximum: return g.maximum(x, constant);
            case binary_operation::minimum: return g.minimum(x, constant);
        }
        return x;
    }
};

}  // namespace plait::inline PLAIT_TARGET
