// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/network/calibrate.hpp"

// Inputs to calibrate with, as `examples/import_onnx.py --calibrate` writes them: safetensors with
// `plait.calibration.input` of shape N x channels x height x width; of a network with several inputs
// `plait.calibration.input1` and so on, too.

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// The values of all inputs of one place among a network's.
struct calibration_inputs {
    std::vector<float> values;
    std::int64_t count = 0;
};

[[gnu::cold]] inline result<calibration_inputs> read_calibration_inputs(const safetensors& file,
                                                                        std::string_view source, int index,
                                                                        shape expected) {
    const std::string name = "plait.calibration.input" + (index == 0 ? std::string() : std::to_string(index));
    const auto sentence = [&] { return text(source) << ": tensor " << in_quotes(name); };
    const stored_tensor* const stored = file.find(name);
    if (!stored) return failure{sentence() << " is missing, where inputs to calibrate with were expected"};
    const auto& dimensions = stored->dimensions;
    const std::int64_t of_one[]{expected.channels, expected.height, expected.width};
    if (dimensions.size() != 4 || !std::equal(of_one, of_one + 3, dimensions.begin() + 1))
        return failure{sentence() << " has shape " << bracketed(dimensions) << " where any number of "
                                  << bracketed(of_one) << " was expected"};
    calibration_inputs found;
    found.count = dimensions[0];
    found.values.resize(static_cast<std::size_t>(stored->elements()));
    if (!copy_as_float(*stored, found.values.data()))
        return failure{sentence() << " has type " << name_of(stored->type) << " where " << float_types
                                  << " was expected"};
    return found;
}

}  // namespace detail

/// The ranges of every channel over the inputs of a file; or a sentence.
template <class Model>
result<activation_ranges> calibrate(const Model& floats, std::span<const std::byte> bytes,
                                    std::string_view source = "inputs") {
    using network = typename Model::network;
    using input = typename Model::input_tensor;
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    std::vector<detail::calibration_inputs> all;
    result<void> done;
    const auto read = [&]<int Index>(std::integral_constant<int, Index>) {
        if (!done) return;
        auto found =
            detail::read_calibration_inputs(*file, source, Index, network::template input_shape<Index>);
        if (!found)
            done = failure{found.error()};
        else if (!all.empty() && found->count != all[0].count)
            done = failure{detail::text(source)
                           << ": has " << std::to_string(all[0].count) << " of the first input and "
                           << std::to_string(found->count) << " of input " << std::to_string(Index)
                           << " where as many of each were expected"};
        else
            all.push_back(std::move(*found));
    };
    [&]<int... Index>(std::integer_sequence<int, Index...>) {
        (read(std::integral_constant<int, Index>{}), ...);
    }
    (std::make_integer_sequence<int, network::input_count>{});
    if (!done) return failure{done.error()};

    calibrator<Model> watching(floats);
    const auto next = std::make_unique<input>();
    for (std::int64_t i = 0; i < all[0].count; ++i) {
        const auto put = [&](std::size_t index, auto& to) {
            const auto size = static_cast<std::size_t>(std::remove_cvref_t<decltype(to)>::size());
            std::copy_n(all[index].values.data() + static_cast<std::size_t>(i) * size, size, to.begin());
        };
        if constexpr (network::input_count == 1) {
            put(0, *next);
        } else {
            std::apply([&, index = std::size_t{0}](auto&... each) mutable { (put(index++, each), ...); },
                       *next);
        }
        if (done = watching.add(*next); !done) return failure{detail::text(source) << ": " << done.error()};
    }
    auto ranges = watching.ranges();
    if (!ranges) return failure{detail::text(source) << ": " << ranges.error()};
    return ranges;
}

/// The same of a file by its path.
template <class Model>
result<activation_ranges> calibrate(const Model& floats, const file_path& path) {
    const auto bytes = detail::read_file_bytes(path);
    if (!bytes) return failure{bytes.error()};
    return calibrate(floats, bytes->span(), path.string());
}

}  // namespace plait::inline PLAIT_TARGET
