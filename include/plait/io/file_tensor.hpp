// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/shape.hpp"
#include "plait/network/packed_model.hpp"

// Tensors of a model file, such as ONNX's, whose inputs and outputs need not lie as a network's maps do:
// rows, columns, channels, or the heads of a detector one after another. `examples/import_onnx.py` writes
// them down.

namespace plait::inline PLAIT_TARGET {

/// An axis of a map.
enum class map_axis : unsigned char { channels, rows, columns };

/// `count` indices of an axis, every one of `step`, whose values are `apart` values apart in the tensor.
struct tensor_run {
    map_axis axis{};
    int count = 1;
    int step = 1;
    int apart = 1;
};

/// A map in a tensor: value (0, 0, 0) lies at `first`, the others behind it channel by channel and row by
/// row, or pixel by pixel with all channels of one together, or as runs say.
struct tensor_part {
    static constexpr int most_runs = 6;

    int map = 0;  ///< number of the network's input or output
    int first = 0;
    bool channels_last = false;
    tensor_run runs[most_runs]{};
};

/// An input or an output of a model file.
struct file_tensor {
    static constexpr int most_dimensions = 6;

    std::string_view name;
    int dimensions[most_dimensions]{};  ///< 0 behind the last
    tensor_part whole{};                ///< of a tensor that is one map
    std::span<const tensor_part> several{};
    bool log_softmax = false;  ///< whether it is that of the network's output, over channels

    /// The maps that it consists of.
    constexpr std::span<const tensor_part> parts() const {
        return several.empty() ? std::span(&whole, 1) : several;
    }
    /// How many dimensions it has.
    constexpr int rank() const {
        int count = 0;
        while (count < most_dimensions && dimensions[count] > 0) ++count;
        return count;
    }
    /// How many values it has.
    constexpr int elements() const {
        int product = 1;
        for (int i = 0; i < rank(); ++i) product *= dimensions[i];
        return product;
    }
};

namespace detail {

/// Calls `visit(index in the map, index in the tensor)` for each value of a part.
template <class Visit>
void for_values_of(const tensor_part& part, shape map, Visit visit) {
    if (part.channels_last) {
        for (int c = 0; c < map.channels; ++c)
            for (int i = 0; i < map.pixels(); ++i)
                visit(c * map.pixels() + i, part.first + i * map.channels + c);
        return;
    }
    int next[tensor_part::most_runs]{};
    int runs = 0;
    while (runs < tensor_part::most_runs && part.runs[runs].count > 1) ++runs;
    if (runs == 0) {
        for (int i = 0; i < map.elements(); ++i) visit(i, part.first + i);
        return;
    }
    const auto distance = [&](const tensor_run& run) {
        const int axes[]{map.pixels(), map.width, 1};
        return run.step * axes[static_cast<int>(run.axis)];
    };
    int from = 0;
    int to = part.first;
    for (;;) {
        visit(from, to);
        int run = runs - 1;
        for (; run >= 0; --run) {
            from += distance(part.runs[run]);
            to += part.runs[run].apart;
            if (++next[run] < part.runs[run].count) break;
            from -= next[run] * distance(part.runs[run]);
            to -= next[run] * part.runs[run].apart;
            next[run] = 0;
        }
        if (run < 0) return;
    }
}

}  // namespace detail

/// Writes a tensor of the file's layout to the network's inputs that are parts of it.
template <class Model>
void put_file_tensor(const Model& loaded, typename Model::workspace& scratch, const file_tensor& input,
                     std::span<const float> values) {
    [&]<int... Index>(std::integer_sequence<int, Index...>) {
        const auto put = [&]<int Number>(std::integral_constant<int, Number>) {
            constexpr shape size = Model::network::template input_shape<Number>;
            for (const tensor_part& part : input.parts()) {
                if (part.map != Number) continue;
                const auto place = loaded.template input<Number>(scratch);
                detail::for_values_of(part, size, [&](int in_map, int in_tensor) {
                    const int pixel = in_map % size.pixels();
                    place.pixel(in_map / size.pixels(), pixel / size.width, pixel % size.width,
                                values[static_cast<std::size_t>(in_tensor)]);
                });
            }
        };
        (put(std::integral_constant<int, Index>{}), ...);
    }
    (std::make_integer_sequence<int, Model::input_count>{});
}

namespace detail {

/// Each value less the logarithm of the sum of the powers of all channels of its pixel.
template <class Value>
void log_softmax(shape map, Value value) {
    for (int pixel = 0; pixel < map.pixels(); ++pixel) {
        float largest = value(0, pixel);
        for (int c = 1; c < map.channels; ++c) largest = std::fmax(largest, value(c, pixel));
        double sum = 0;
        for (int c = 0; c < map.channels; ++c) sum += std::exp(double{value(c, pixel)} - double{largest});
        const double logarithm = double{largest} + std::log(sum);
        for (int c = 0; c < map.channels; ++c)
            value(c, pixel) = static_cast<float>(double{value(c, pixel)} - logarithm);
    }
}

}  // namespace detail

/// The values of a tensor of the file, in its layout, of what the last pass has made.
template <class Model>
std::vector<float> file_tensor_of(const Model& loaded, typename Model::workspace& scratch,
                                  const file_tensor& output) {
    std::vector<float> values(static_cast<std::size_t>(output.elements()));
    const auto take = [&](int number, const map_view& map) {
        const shape size = map.dimensions();
        std::vector<float> made(static_cast<std::size_t>(size.elements()));
        map.copy_to(made.data());
        if (output.log_softmax)
            detail::log_softmax(size, [&](int channel, int pixel) -> float& {
                return made[static_cast<std::size_t>(channel * size.pixels() + pixel)];
            });
        for (const tensor_part& part : output.parts()) {
            if (part.map != number) continue;
            detail::for_values_of(part, size, [&](int in_map, int in_tensor) {
                values[static_cast<std::size_t>(in_tensor)] = made[static_cast<std::size_t>(in_map)];
            });
        }
    };
    std::apply(
        [&](const auto&... maps) {
            int number = 0;
            (take(number++, map_view(maps)), ...);
        },
        loaded.outputs(scratch));
    return values;
}

}  // namespace plait::inline PLAIT_TARGET
