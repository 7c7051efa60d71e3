// SPDX-License-Identifier: BSD-3-Clause
// How many of CIFAR-10's test pictures AugShuffleNet 0.5x knows in fp32, bf16 and int8:
// precision_accuracy --data DIR --weights W [--pictures N] [--first N]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "plait/blocks/blocks.hpp"
#include "plait/io/cifar.hpp"
#include "plait/io/load.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/precision.hpp"

namespace {

using namespace plait;
using net = augshufflenet_x0_5<10>;
using logits = model<net>::output_tensor;

int best_class(const logits& of) {
    return static_cast<int>(std::max_element(of.begin(), of.end()) - of.begin());
}

/// The logits of every test picture.
template <class Model>
std::vector<logits> run_all(const Model& m, const cifar_dataset& pictures) {
    const auto scratch = std::make_unique<typename Model::workspace>();
    std::vector<logits> all;
    for (int i = 0; i < pictures.size(); ++i) {
        pictures.put(i, m.input(*scratch));
        m.run(*scratch);
        all.push_back(to_tensor(m.output(*scratch)));
    }
    return all;
}

void print(const char* name, const std::vector<logits>& found, const std::vector<logits>& in_fp32,
           const cifar_dataset& pictures, long long workspace_bytes, long long weight_bytes) {
    int right = 0, same = 0;
    double squares = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        right += best_class(found[i]) == pictures.labels[i];
        same += best_class(found[i]) == best_class(in_fp32[i]);
        for (std::size_t k = 0; k < std::size_t{logits::size()}; ++k) {
            const auto error = static_cast<double>(found[i].data()[k] - in_fp32[i].data()[k]);
            squares += error * error;
        }
    }
    const double rms = std::sqrt(squares / (static_cast<double>(found.size()) * logits::size()));
    std::printf(
        "%s: %d of %zu right, %d the same class as fp32, rms error of logits %.4f, workspace %lld bytes, "
        "packed weights %lld bytes\n",
        name, right, found.size(), same, rms, workspace_bytes, weight_bytes);
}

result<void> measure(const std::string& data, const std::string& weights, int count, int first) {
    using half = in<precision::bf16, net>;
    using small = in<precision::int8, net>;
    const auto test = read_cifar_test(data);
    if (!test) return failure{test.error()};
    const auto training = read_cifar_training(data, cifar_kind::cifar10);
    if (!training) return failure{training.error()};
    const file_path path(weights);
    const auto floats = load<net>(path);
    if (!floats) return failure{floats.error()};
    const auto halves = load<half>(path);
    if (!halves) return failure{halves.error()};

    calibrator<model<net>> watching(*floats);
    for (int i = first; i < first + count && i < training->size(); ++i)
        if (const auto done = watching.add(training->picture_tensor(i)); !done) return failure{done.error()};
    const auto ranges = watching.ranges();
    if (!ranges) return failure{ranges.error()};
    const auto numbers = quantise<small>(path, *ranges);
    if (!numbers) return failure{numbers.error()};
    const auto bytes = model<small>::of(*numbers);
    if (!bytes) return failure{bytes.error()};

    const auto in_fp32 = run_all(*floats, *test);
    print("fp32", in_fp32, in_fp32, *test, net::workspace_bytes, 4 * model<net>::runner::packed_size);
    print("bf16", run_all(*halves, *test), in_fp32, *test, half::workspace_bytes, model<half>::weight_bytes);
    print("int8", run_all(*bytes, *test), in_fp32, *test, small::workspace_bytes, model<small>::weight_bytes);
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("How many of CIFAR-10's test pictures AugShuffleNet 0.5x knows in fp32, bf16 and int8.");
    std::string data, weights;
    int count = 512, first = 0;
    app.add_option("--data", data, "a folder with CIFAR-10 in its binary layout")->required();
    app.add_option("--weights", weights, "a state_dict in safetensors")->required();
    app.add_option("--pictures", count, "training pictures to calibrate int8 with");
    app.add_option("--first", first, "the first of them");
    CLI11_PARSE(app, argc, argv);
    const auto done = measure(data, weights, count, first);
    if (!done) std::fprintf(stderr, "%s\n", std::string(done.error()).c_str());
    return done ? 0 : 2;
}
