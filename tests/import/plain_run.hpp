// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "plait/io/file.hpp"
#include "plait/io/verify.hpp"
#include "plait/io/weight_reader.hpp"
#include "plait/network/reference.hpp"
#include "run.hpp"

namespace imported_graphs {

/// A network's calls as plain data, so that hundreds of networks compile in seconds.
struct calls {
    plait::network_tensors tensors;
    std::span<const plait::feature_map> outputs;
    std::span<const int> pool;
    plait::feature_map input;
    int channels;
};

/// Imported networks call by call, in double precision.
class run : public reports {
public:
    using reports::reports;

    template <class Network>
    void plain_loops(const std::string& name) {
        const auto& made = Network::calls;
        compare(name, {.tensors = plait::tensors_of<Network>(),
                       .outputs = made.outputs,
                       .pool = made.pool,
                       .input = made.input,
                       .channels = Network::sizes.channels});
    }

private:
    using channel = plait::detail::plain_channel;

    void compare(const std::string& name, const calls& network) {
        const auto weights = plait::detail::read_file_bytes(weights_of(name));
        if (!weights) return fail(name, weights.error());
        const auto file = plait::safetensors::parse(weights->span(), name);
        if (!file) return fail(name, file.error());
        const auto reader = plait::detail::weight_reader::open(network.tensors, *file, name, {});
        if (!reader) return fail(name, reader.error());
        std::vector<plait::folded_layer> layers(network.tensors.calls.size());
        const auto read =
            reader->for_layers([&](int call, std::string_view, const plait::folded_layer& layer) {
                layers[static_cast<std::size_t>(call)] = layer;
                return plait::result<void>{};
            });
        if (!read) return fail(name, read.error());
        const auto bytes = plait::detail::read_file_bytes(check_of(name));
        if (!bytes) return fail(name, bytes.error());
        const auto check = plait::safetensors::parse(bytes->span(), name);
        if (!check) return fail(name, check.error());
        hold(name, network, layers, plait::detail::example_reader(*check, name));
    }

    void hold(const std::string& name, const calls& network, std::span<const plait::folded_layer> layers,
              const plait::detail::example_reader& example) {
        std::vector<channel> channels(static_cast<std::size_t>(network.channels));
        const auto at = [&](plait::feature_map map, int c) -> channel& {
            return channels[static_cast<std::size_t>(network.pool[static_cast<std::size_t>(map.first + c)])];
        };
        int next_input = 0;
        const auto put = [&](plait::feature_map map) -> std::string {
            const auto values = example.values(example.input_name(next_input++), map.dimensions());
            if (!values) return values.error();
            const float* from = values->data();
            for (int c = 0; c < map.count; ++c, from += map.size.pixels())
                at(map, c).assign(from, from + map.size.pixels());
            return "";
        };
        if (const auto sentence = put(network.input); !sentence.empty()) return fail(name, sentence);
        for (std::size_t i = 0; i < network.tensors.calls.size(); ++i) {
            const plait::op& o = network.tensors.calls[i];
            if (o.kind == plait::op_kind::input) {
                if (const auto sentence = put(o.out); !sentence.empty()) return fail(name, sentence);
                continue;
            }
            std::vector<const channel*> in;
            for (const plait::feature_map& map : {o.in, o.other})
                for (int c = 0; c < map.count; ++c) in.push_back(&at(map, c));
            for (int c = 0; c < o.out.count; ++c) {
                channel made;
                for (int p = 0; p < o.out.size.pixels(); ++p)
                    made.push_back(plait::plain_activation(
                        o.act, plait::detail::plain_value(o, in, layers[i], c, p / o.out.size.width,
                                                          p % o.out.size.width)));
                at(o.out, c) = made;
            }
        }
        if (example.outputs() != static_cast<int>(network.outputs.size()))
            return fail(name, "the check has " + std::to_string(example.outputs()) +
                                  " outputs where the network has " + std::to_string(network.outputs.size()));
        for (std::size_t i = 0; i < network.outputs.size(); ++i) {
            const plait::feature_map& map = network.outputs[i];
            std::vector<float> found;
            for (int c = 0; c < map.count; ++c)
                for (const double value : at(map, c)) found.push_back(static_cast<float>(value));
            const auto off = example.compare(static_cast<int>(i), found, map.dimensions(), 1e-4);
            if (!off) return fail(name, off.error());
        }
        agree();
    }
};

}  // namespace imported_graphs
