// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/weight_reader.hpp"
#include "plait/network/model.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// Whether a kernel's call may have these weights, its first layer being called so.
using layer_check = function_view<result<void>(std::string_view layer, const folded_layer& weights)>;

/// What loading gives: of a network its model, of a kind of model the same.
template <class Loaded>
struct model_of {
    using type = model<Loaded>;
};
template <class Loaded>
    requires requires(Loaded& m, const float* values) { m.set_weights(0, values, values); }
struct model_of<Loaded> {
    using type = Loaded;
};

}  // namespace detail

/// Reads a PyTorch state_dict in safetensors (F64, F32, F16, BF16) into a model of any kind, under the names
/// that its network gives its layers; batch norm is folded in double precision. All of it fits, or one
/// sentence says what does not: the tensor, what was expected and what was found; then some weights may be
/// set. `source` is what the sentence calls the bytes. `check(layer, folded)` may refuse what a kernel's call
/// is about to get.
template <class Model>
result<void> load_into(Model& loaded, std::span<const std::byte> bytes, std::string_view source = "weights",
                       const load_options& options = {}, detail::layer_check check = {}) {
    using network = typename Model::network;
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    const auto reader = detail::weight_reader::open(tensors_of<network>(), *file, source, options);
    if (!reader) return failure{reader.error()};
    for (int i = 0; i < network::sizes.ops; ++i) {
        const op& call = network::calls.ops[i];
        if (!call.has_weights() || !reader->takes(call)) continue;
        const auto layer = reader->layer(call);
        if (!layer) return failure{layer.error()};
        if (check) {
            if (auto fits = check(reader->name(call), *layer); !fits) return fits;
        }
        loaded.set_weights(i, layer->weights.data(), layer->bias.data());
    }
    return {};
}

/// The same from a file.
template <class Model>
result<void> load_into(Model& loaded, const file_path& path, const load_options& options = {},
                       detail::layer_check check = {}) {
    const auto bytes = detail::read_file_bytes(path);
    if (!bytes) return failure{bytes.error()};
    return load_into(loaded, bytes->span(), path.string(), options, check);
}

/// A model of a network, or one of the kind that is named, with weights as `load_into` reads them; or the
/// sentence that says why not.
template <class Network>
auto load(std::span<const std::byte> bytes, std::string_view source = "weights",
          const load_options& options = {}) -> result<typename detail::model_of<Network>::type> {
    typename detail::model_of<Network>::type loaded;
    if (const auto done = load_into(loaded, bytes, source, options); !done) return failure{done.error()};
    return loaded;
}

/// The same from a file.
template <class Network>
auto load(const file_path& path, const load_options& options = {})
    -> result<typename detail::model_of<Network>::type> {
    typename detail::model_of<Network>::type loaded;
    if (const auto done = load_into(loaded, path, options); !done) return failure{done.error()};
    return loaded;
}

}  // namespace plait::inline PLAIT_TARGET
