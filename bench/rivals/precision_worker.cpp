// SPDX-License-Identifier: BSD-3-Clause
// `plait_worker` of the network PLAIT_NETWORK in one precision: f32, and bf16 or, with PLAIT_INT8, int8,
// which is calibrated with FOLDER/NAME.calibration.safetensors. `own_peak` answers with the peak of that
// precision.
//
// usage: precision_worker PRECISION NAME FOLDER
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "../measure.hpp"
#include "networks.hpp"
#include "plait/io/load.hpp"
#include "plait/precision.hpp"
#include "worker.hpp"

namespace {

using namespace plait;

template <class... Named>
constexpr auto called(examples::network_list<Named...>) {
    constexpr std::string_view name = PLAIT_NETWORK;
    static_assert(((Named::name == name) || ...), "there is a published network of that name");
    return examples::joined_networks<std::conditional_t<Named::name == name, examples::network_list<Named>,
                                                        examples::network_list<>>...>{};
}
template <class Named>
Named only(examples::network_list<Named>);

using net = decltype(only(called(examples::every_network{})))::network;
using picture = tensor<float, net::input>;

result<model<in<precision::int8, net>>> calibrated(const std::string& stem) {
    using small = in<precision::int8, net>;
    const file_path weights(stem + ".safetensors");
    const auto floats = load<net>(weights);
    if (!floats) return failure{floats.error()};
    const auto ranges = calibrate(*floats, stem + ".calibration.safetensors");
    if (!ranges) return failure{ranges.error()};
    const auto numbers = quantise<small>(weights, *ranges);
    if (!numbers) return failure{numbers.error()};
    return model<small>::of(*numbers);
}

template <precision Precision>
int serve(const result<model<in<Precision, net>>>& loaded, const std::string& stem) {
    using own = in<Precision, net>;
    if (!loaded) return std::cerr << loaded.error() << "\n", 2;
    const model<own>& m = *loaded;
    const auto scratch = std::make_unique<typename model<own>::workspace>();
    const auto given = std::make_unique<picture>();
    if (!std::ifstream(stem + ".input", std::ios::binary)
             .read(reinterpret_cast<char*>(given->data()),
                   static_cast<std::streamsize>(given->size() * sizeof(float))))
        return std::cerr << stem << ".input: is too short\n", 2;
    const auto pass = [&] {
        m.input(*scratch).copy(*given);
        m.run(*scratch);
    };
    for (int i = 0; i < 20; ++i) pass();
    const auto logits = std::make_unique<tensor<float, net::output>>();
    m.output(*scratch).copy_to(*logits);
    worker::serve(1e6, pass,
                  {{"peak", [] { worker::print(measure::multiply_add_rate() / 1e9); }},
                   {"own_peak", [] { worker::print(measure::multiply_add_rate_in<Precision>() / 1e9); }},
                   {"macs", [] { worker::print(net::macs); }},
                   {"logits", [&] { worker::print_list(*logits); }}});
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::cerr << "usage: precision_worker PRECISION NAME FOLDER\n", 2;
    const std::string asked = argv[1], stem = std::string(argv[3]) + "/" + argv[2];
    const file_path weights(stem + ".safetensors");
    if (asked == "f32") return serve<precision::f32>(load<net>(weights), stem);
#if defined(PLAIT_INT8)
    if (asked == "int8") return serve<precision::int8>(calibrated(stem), stem);
#else
    if (asked == "bf16") return serve<precision::bf16>(load<in<precision::bf16, net>>(weights), stem);
#endif
    return std::cerr << "precision_worker is not compiled for " << asked << "\n", 2;
}
