// SPDX-License-Identifier: BSD-3-Clause
// NumPy in, NumPy out: forward --network NAME --weights W --input X.npy --output Y.npy

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "any_network.hpp"
#include "plait/io/npy.hpp"
#include "precision_option.hpp"
#include "precisions.hpp"
#include "program.hpp"

namespace {

using namespace examples;
using array = xt::xarray<float>;

struct options {
    std::string network;
    std::string weights;
    std::string input;
    std::string output;
    plait::precision kept = plait::precision::f32;
};

void print_names() {
    for (const network_entry& entry : all_networks()) std::printf("%s\n", std::string(entry.name).c_str());
    throw CLI::Success();
}

void describe(CLI::App& app, options& chosen) {
    app.add_option("--network", chosen.network, "otherwise found out from the weights")->type_name("NAME");
    app.add_option("--weights", chosen.weights, "a state_dict in safetensors")->required()->type_name("FILE");
    app.add_option("--input", chosen.input, "(3, H, W) or (N, 3, H, W), as the network was trained to see it")
        ->required()
        ->type_name("X.npy");
    app.add_option("--output", chosen.output,
                   "the logits: (classes) or (N, classes); of a detector (channels, H, W)")
        ->required()
        ->type_name("Y.npy");
    add_precision_option(app, chosen.kept);
    app.add_flag_callback("--list", print_names, "print the names of all networks and do nothing else");
}

/// "(3, 32, 32)"
template <class Numbers>
std::string tuple(const Numbers& numbers) {
    std::string text;
    for (const auto number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return "(" + text + ")";
}

/// {classes} of a classifier, else {channels, height, width}.
std::vector<std::size_t> output_sizes(plait::shape output) {
    const auto channels = static_cast<std::size_t>(output.channels);
    if (output.pixels() == 1) return {channels};
    return {channels, static_cast<std::size_t>(output.height), static_cast<std::size_t>(output.width)};
}

/// Outputs for one picture or for a batch of them.
plait::result<array> forward(any_network& network, const array& input) {
    const plait::shape size = network.entry().input;
    const std::size_t one[]{static_cast<std::size_t>(size.channels), static_cast<std::size_t>(size.height),
                            static_cast<std::size_t>(size.width)};
    const bool is_batch = input.dimension() == 4;
    const bool fits = (is_batch || input.dimension() == 3) &&
                      std::equal(std::begin(one), std::end(one), input.shape().end() - 3);
    if (!fits)
        return plait::failure{"the array has shape " + tuple(input.shape()) + " where " + tuple(one) +
                              " or (N, " + tuple(one).substr(1) + " was expected"};

    std::vector<std::size_t> sizes = output_sizes(network.entry().output);
    const std::size_t pictures = is_batch ? input.shape(0) : 1;
    if (is_batch) sizes.insert(sizes.begin(), pictures);
    array outputs = array::from_shape(sizes);
    const auto picture_size = static_cast<std::ptrdiff_t>(size.elements());
    const auto* picture = input.data();
    auto* to = outputs.data();
    for (std::size_t i = 0; i < pictures; ++i, picture += picture_size) {
        std::copy_n(picture, picture_size, network.input().begin());
        to = std::ranges::copy(network.run(), to).out;
    }
    return outputs;
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app("Runs a network on a NumPy array of float32 and writes its output as another.", "forward");
    describe(app, chosen);
    if (const auto done = parse(app, argc, argv)) return *done;

    const auto network = load_network_in(chosen.kept, chosen.weights, chosen.network);
    if (!network) return refuse(network.error());
    const auto input = plait::read_npy(chosen.input);
    if (!input) return refuse(input.error());
    const auto outputs = forward(**network, *input);
    if (!outputs) return refuse(chosen.input + ": " + outputs.error());
    if (const auto written = plait::write_npy(chosen.output, *outputs); !written)
        return refuse(written.error());
    return 0;
}
