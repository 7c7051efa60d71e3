// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/load.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "plait/io/safetensors_writer.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/models/shufflenet_v2.hpp"

using namespace plait;

namespace {

const std::filesystem::path golden = std::filesystem::path(PLAIT_SOURCE_DIR) / "tests/golden";

/// A state_dict by name, to be changed and written.
struct state {
    struct entry {
        std::vector<std::int64_t> dimensions;
        std::vector<float> values;
    };
    std::map<std::string, entry> tensors;

    std::vector<std::byte> bytes() const {
        std::vector<named_values> list;
        for (const auto& [name, t] : tensors) list.push_back({name, t.dimensions, t.values});
        return write_safetensors(list);
    }
};

using small = network<shape{3, 8, 8}, conv{.out = 4, .kernel = 3}, shuffle_down{.out = 8},
                      aug_shuffle{.split = {1, 2}}, global_average_pool{}, linear{.out = 5}>;

void add(state& to, const std::string& name, std::vector<std::int64_t> dimensions, float value = 0.5F) {
    std::int64_t count = 1;
    for (const auto d : dimensions) count *= d;
    to.tensors[name] = {std::move(dimensions), std::vector<float>(static_cast<std::size_t>(count), value)};
}

void add_convolution(state& to, const std::string& branch, int element,
                     std::vector<std::int64_t> dimensions) {
    const std::string norm = branch + "." + std::to_string(element + 1);
    const std::int64_t outputs = dimensions[0];
    add(to, branch + "." + std::to_string(element) + ".weight", std::move(dimensions));
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
        add(to, norm + part, {outputs});
    add(to, norm + ".num_batches_tracked", {});
}

/// The names of `small`, written out: a network of one's own is one nn.Sequential.
state small_state() {
    state s;
    add_convolution(s, "0", 0, {4, 3, 3, 3});
    add_convolution(s, "1.branch1", 0, {4, 1, 3, 3});
    add_convolution(s, "1.branch1", 2, {4, 4, 1, 1});
    add_convolution(s, "1.branch2", 0, {4, 4, 1, 1});
    add_convolution(s, "1.branch2", 3, {4, 1, 3, 3});
    add_convolution(s, "1.branch2", 5, {4, 4, 1, 1});
    add_convolution(s, "2.branch2", 0, {4, 4, 1, 1});
    add_convolution(s, "2.branch2", 2, {4, 1, 3, 3});
    add_convolution(s, "2.branch3", 0, {4, 4, 1, 1});
    add(s, "4.weight", {5, 8});
    add(s, "4.bias", {5});
    return s;
}

void append_bytes(std::vector<std::byte>& to, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// The same file in F64, in which value `changed` of `4.bias` is another.
std::vector<std::byte> as_doubles(const state& s, std::size_t changed = 0, double value = 0.5) {
    std::string header;
    std::vector<std::byte> data;
    for (const auto& [name, t] : s.tensors) {
        const std::size_t begin = data.size();
        for (std::size_t i = 0; i < t.values.size(); ++i) {
            const double stored = name == "4.bias" && i == changed ? value : double{t.values[i]};
            append_bytes(data, std::bit_cast<std::uint64_t>(stored));
        }
        header += (header.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":"F64","shape":)" +
                  detail::json_array(t.dimensions) + R"(,"data_offsets":)" +
                  detail::json_array(std::vector{begin, data.size()}) + "}";
    }
    header += "}";
    std::vector<std::byte> file;
    append_bytes(file, header.size());
    for (const char c : header) file.push_back(static_cast<std::byte>(c));
    file.insert(file.end(), data.begin(), data.end());
    return file;
}

std::string sentence_about(const state& s) {
    const auto loaded = load<small>(s.bytes(), "file");
    return loaded ? "" : loaded.error();
}

}  // namespace

TEST_CASE("a network of one's own takes its blocks as one nn.Sequential") {
    const auto loaded = load<small>(small_state().bytes());
    CHECK_MESSAGE(loaded, loaded.error());
}

TEST_CASE("every refusal is one sentence that names the tensor, what was expected and what was found") {
    state s = small_state();
    SUBCASE("missing") {
        s.tensors.erase("1.branch2.3.weight");
        CHECK(sentence_about(s) ==
              "file: tensor '1.branch2.3.weight' is missing: the nearest name in the file is "
              "'1.branch1.3.weight'");
    }
    SUBCASE("missing statistics") {
        s.tensors.erase("0.1.running_var");
        CHECK(
            sentence_about(s) ==
            "file: tensor '0.1.running_var' is missing: the nearest name in the file is '0.1.running_mean'");
    }
    SUBCASE("unexpected") {
        add(s, "0.0.bias", {4});
        CHECK(sentence_about(s) == "file: tensor '0.0.bias' was not expected");
    }
    SUBCASE("wrong kernel") {
        add(s, "0.0.weight", {4, 3, 5, 5});
        CHECK(sentence_about(s) ==
              "file: tensor '0.0.weight' has shape [4, 3, 5, 5] where [4, 3, 3, 3] was expected");
    }
    SUBCASE("another class count") {
        add(s, "4.weight", {7, 8});
        CHECK(sentence_about(s) == "file: tensor '4.weight' has shape [7, 8] where [5, 8] was expected");
    }
    SUBCASE("same number of values in another shape") {
        add(s, "4.weight", {8, 5});
        CHECK(sentence_about(s) == "file: tensor '4.weight' has shape [8, 5] where [5, 8] was expected");
    }
    SUBCASE("not a number") {
        s.tensors["2.branch3.1.bias"].values[2] = std::nanf("");
        CHECK(sentence_about(s) ==
              "file: tensor '2.branch3.1.bias' has a value that is not finite at 2 where numbers were "
              "expected");
    }
    SUBCASE("negative variance") {
        s.tensors["0.1.running_var"].values[1] = -1;
        CHECK(sentence_about(s) ==
              "file: tensor '0.1.running_var' is negative at 1 where a variance was expected");
    }
}

TEST_CASE("doubles are loaded as the floats that are nearest") {
    const state s = small_state();
    static tensor<float, small::input> picture;
    static small::workspace scratch;
    float next = 0;
    for (float& value : picture) value = next += 0.01F;
    const auto expected = load<small>(s.bytes()).value()(picture, scratch);
    const auto loaded = load<small>(as_doubles(s, 2, 0.5 + 1e-12));
    REQUIRE_MESSAGE(loaded, loaded.error());
    const auto logits = (*loaded)(picture, scratch);
    CHECK(std::equal(logits.begin(), logits.end(), expected.begin()));

    const auto refusal = [&](double value) { return load<small>(as_doubles(s, 3, value), "file").error(); };
    CHECK(refusal(-1e39) ==
          "file: tensor '4.bias' has a value that is larger than a float at 3 where numbers were expected");
    CHECK(refusal(-std::numeric_limits<double>::infinity()) ==
          "file: tensor '4.bias' has a value that is not finite at 3 where numbers were expected");
    CHECK(refusal(std::nan("")) ==
          "file: tensor '4.bias' has a value that is not finite at 3 where numbers were expected");
    CHECK(refusal(double{std::numeric_limits<float>::max()}).empty());
}

TEST_CASE("refused: integers") {
    const std::string header = R"({"0.weight":{"dtype":"I32","shape":[5,8],"data_offsets":[0,160]},)"
                               R"("0.bias":{"dtype":"I32","shape":[5],"data_offsets":[160,180]}})";
    std::vector<std::byte> file;
    append_bytes(file, header.size());
    for (const char c : header) file.push_back(static_cast<std::byte>(c));
    file.resize(file.size() + 180);
    CHECK(load<network<shape{8, 1, 1}, linear{.out = 5}>>(file, "file").error() ==
          "file: tensor '0.weight' has type I32 where F64, F32, F16 or BF16 was expected");
}

TEST_CASE("refused: finite tensors whose folded weights are not") {
    state s = small_state();
    SUBCASE("a weight") {
        s.tensors["0.0.weight"].values[30] = 1e30F;
        s.tensors["0.1.weight"].values[1] = 1e30F;
    }
    SUBCASE("a bias") {
        s.tensors["0.1.running_mean"].values[1] = 3e38F;
        s.tensors["0.1.running_var"].values[1] = 0;
    }
    CHECK(
        sentence_about(s) ==
        "file: batch norm '0.1' makes weights at 1 that are larger than a float where numbers were expected");
}

TEST_CASE("a file for another network, class count or order is refused") {
    const auto plus = golden / "public_augshufflenet_plus_x0_5_cifar10.safetensors";
    const auto port = golden / "augshufflenet_port_x0_5_cifar10.safetensors";
    const auto ends = [](const auto& loaded, const std::string& expected) {
        REQUIRE_FALSE(loaded);
        INFO(loaded.error());
        CHECK(loaded.error().ends_with(expected));
    };
    ends(load<augshufflenet_x0_5<10>>(plus),
         "tensor 'conv1.0.weight' is missing: the nearest name in the file is 'conv1.weight'");
    ends(load<augshufflenet_x0_5<10, order::plus>>(port),
         "tensor 'conv1.weight' is missing: the nearest name in the file is 'conv1.0.weight'");
    ends(load<augshufflenet_x0_5<10, order::article>>(port),
         "tensor 'stages.0.1.transform.0.weight' is missing: the nearest name in the file is "
         "'stages.0.1.branch2.0.weight'");
    ends(load<augshufflenet_x0_5<100>>(port),
         "tensor 'linear.weight' has shape [10, 1024] where [100, 1024] was expected");
    ends(load<augshufflenet_x1_0<10>>(port),
         "tensor 'stages.0.0.branch1.2.weight' has shape [24, 24, 1, 1] where [60, 24, 1, 1] was expected");
    ends(load<shufflenet_v2_cifar_x0_5<10>>(plus),
         "tensor 'layer2.1.conv1.weight' has shape [36, 36, 1, 1] where [48, 48, 1, 1] was expected");
}

TEST_CASE("batch norm is folded") {
    using one = network<shape{1, 1, 1}, conv{.out = 1, .activation = activation::none}>;
    state s;
    add(s, "0.0.weight", {1, 1, 1, 1}, 3);
    add(s, "0.1.weight", {1}, 2);
    add(s, "0.1.bias", {1}, 5);
    add(s, "0.1.running_mean", {1}, 7);
    add(s, "0.1.running_var", {1}, 4);
    const auto loaded = load<one>(s.bytes());
    REQUIRE_MESSAGE(loaded, loaded.error());
    one::workspace scratch;
    // (3 x 11 - 7) / sqrt(4 + 1e-5) x 2 + 5
    CHECK((*loaded)(tensor<float, shape{1, 1, 1}>{{11}}, scratch)[0] ==
          doctest::Approx(30.9999675).epsilon(1e-7));
}

TEST_CASE("files that are not there or not files") {
    const auto missing = load<small>(golden / "nothing.safetensors");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().find("nothing.safetensors") != std::string::npos);
    CHECK_FALSE(load<small>(golden));
    CHECK_FALSE(load<small>(std::span<const std::byte>{}));
}
