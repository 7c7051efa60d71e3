// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/load.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include <doctest/doctest.h>

#include "plait/io/safetensors_writer.hpp"
#include "plait/io/verify.hpp"
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

TEST_CASE("a PReLU's slopes are its weight") {
    using each = network<shape{2, 1, 1}, prelu{}, prelu{.one_slope = true}>;
    state s;
    add(s, "0.weight", {2}, 0.5F);
    add(s, "1.weight", {1}, 3);
    const auto loaded = load<each>(s.bytes());
    REQUIRE_MESSAGE(loaded, loaded.error());
    each::workspace scratch;
    const auto made = (*loaded)(tensor<float, shape{2, 1, 1}>{{-4, 7}}, scratch);
    CHECK(made[0] == -6);
    CHECK(made[1] == 7);

    state wrong;
    add(wrong, "0.weight", {1}, 0.5F);
    add(wrong, "1.weight", {1}, 3);
    CHECK_FALSE(load<each>(wrong.bytes()));
}

TEST_CASE("a value for each channel is a tensor under its own name") {
    using net =
        network<shape{2, 1, 2}, combine_values{.name = "gamma"}, combine_values{binary_operation::add}>;
    for (const auto& dimensions :
         {std::vector<std::int64_t>{2, 1, 1}, std::vector<std::int64_t>{1, 2, 1, 1}}) {
        state s;
        add(s, "gamma", dimensions, 0.5F);
        add(s, "0.weight", {2, 1, 1}, 3);
        const auto loaded = load<net>(s.bytes());
        REQUIRE_MESSAGE(loaded, loaded.error());
        net::workspace scratch;
        const auto made = (*loaded)(tensor<float, shape{2, 1, 2}>{{-4, 7, 1, 2}}, scratch);
        CHECK(made == tensor<float, shape{2, 1, 2}>{{1, 6.5F, 3.5F, 4}});
    }
    state row;
    add(row, "gamma", {2}, 0.5F);
    add(row, "0.weight", {2, 1, 1}, 3);
    const auto refused = load<net>(row.bytes());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "weights: tensor 'gamma' has shape [2] where [2, 1, 1] was expected");
    using single = network<shape{2, 1, 1}, combine_values{.name = "gamma"}>;
    state s;
    add(s, "gamma", {2}, 0.5F);
    CHECK(load<single>(s.bytes()));
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

namespace {

/// A backbone and a head, in scopes.
using whole =
    network<shape{2, 1, 1}, scope<"backbone", conv{.out = 2}, conv{.out = 2, .after = affine::bias}>,
            named<"head", linear{.out = 2}>>;
using backbone_alone = network<shape{2, 1, 1}, conv{.out = 2}, conv{.out = 2, .after = affine::bias}>;
using in_a_model =
    network<shape{2, 1, 1}, scope<"model", linear{.out = 2}>, named<"model.fc", linear{.out = 2}>>;

state backbone_state(const std::string& prefix, float value = 0.5F) {
    state s;
    add(s, prefix + "0.0.weight", {2, 2, 1, 1}, value);
    for (const char* part : {"weight", "bias", "running_mean", "running_var"})
        add(s, prefix + "0.1." + part, {2}, value);
    add(s, prefix + "1.0.weight", {2, 2, 1, 1}, value);
    add(s, prefix + "1.0.bias", {2}, value);
    return s;
}

state whole_state(const std::string& prefix = "", float value = 0.5F) {
    state s = backbone_state(prefix + "backbone.", value);
    add(s, prefix + "head.weight", {2, 2}, value);
    add(s, prefix + "head.bias", {2}, value);
    return s;
}

template <class Network>
std::string error_of(const state& s, const load_options& options = {}) {
    const auto loaded = load<Network>(s.bytes(), "file", options);
    return loaded ? "" : loaded.error();
}

template <class Network>
std::string error_into(model<Network>& m, const state& s, const load_options& options = {}) {
    const auto loaded = load_into(m, s.bytes(), "file", options);
    return loaded ? "" : loaded.error();
}

template <class Network>
std::vector<float> weights_of(const model<Network>& m) {
    return {m.packed().begin(), m.packed().end()};
}

}  // namespace

TEST_CASE("what wrappers put before all names is stripped, unless the network has it") {
    for (const char* prefix : {"", "module.", "_orig_mod.", "model.", "module._orig_mod.",
                               "_orig_mod.module.", "model.module.", "module.module.", "model.model."}) {
        INFO(prefix);
        CHECK(error_of<whole>(whole_state(prefix)) == "");
        CHECK(error_of<backbone_alone>(backbone_state(prefix)) == "");

        state s;
        for (const char* name : {"model.0", "model.fc"}) {
            add(s, std::string(prefix) + name + ".weight", {2, 2});
            add(s, std::string(prefix) + name + ".bias", {2});
        }
        CHECK(error_of<in_a_model>(s) == "");
    }

    state mixed = whole_state("module.");
    mixed.tensors.erase("module.head.bias");
    add(mixed, "head.bias", {2});
    CHECK(error_of<whole>(mixed) ==
          "file: tensor 'backbone.0.0.weight' is missing: the nearest name in the "
          "file is 'module.backbone.0.0.weight'");
}

TEST_CASE("a prefix is stripped, one is added") {
    CHECK(error_of<whole>(whole_state("net."), {.strip_prefix = "net."}) == "");
    CHECK(error_of<backbone_alone>(backbone_state("backbone."), {.strip_prefix = "backbone."}) == "");
    CHECK(error_of<whole>(whole_state("net."), {.strip_prefix = "ema."}) ==
          "file: tensor 'net.backbone.0.0.weight' does not begin with the prefix 'ema.' that was to be "
          "stripped");

    state stripped;
    for (const auto& [name, tensor] : whole_state("big.").tensors) stripped.tensors[name.substr(4)] = tensor;
    CHECK(error_of<whole>(stripped, {.add_prefix = "big."}) ==
          "file: tensor 'backbone.0.0.weight' is missing: the nearest name in the file is "
          "'backbone.0.0.weight'");
    using big = network<shape{2, 1, 1},
                        scope<"big", scope<"backbone", conv{.out = 2}, conv{.out = 2, .after = affine::bias}>,
                              named<"head", linear{.out = 2}>>>;
    CHECK(error_of<big>(stripped, {.add_prefix = "big."}) == "");
    CHECK(error_of<big>(whole_state("net."), {.strip_prefix = "net.", .add_prefix = "big."}) == "");
    CHECK(error_of<big>(whole_state("module."), {.add_prefix = "big."}) == "");
}

TEST_CASE("extra tensors are refused, or left") {
    state s = whole_state();
    add(s, "total_ops", {1});
    CHECK(error_of<whole>(s) == "file: tensor 'total_ops' was not expected");
    CHECK(error_of<whole>(s, {.leave_extra_tensors = true}) == "");

    state wrapped = whole_state("model.");
    add(wrapped, "loss.weight", {1});
    CHECK(error_of<whole>(wrapped, {.strip_prefix = "model.", .leave_extra_tensors = true}) == "");
    CHECK(error_of<whole>(wrapped, {.strip_prefix = "ema.", .leave_extra_tensors = true}) ==
          "file: no tensor begins with the prefix 'ema.' that was to be stripped");
    CHECK(error_of<backbone_alone>(whole_state(),
                                   {.strip_prefix = "backbone.", .leave_extra_tensors = true}) == "");

    wrapped.tensors.erase("model.head.bias");
    add(wrapped, "head.bias", {2});  // without the prefix it is another
    CHECK(error_of<whole>(wrapped, {.strip_prefix = "model.", .leave_extra_tensors = true}) ==
          "file: tensor 'head.bias' is missing: the nearest name in the file is 'model.head.weight'");
}

TEST_CASE("names are replaced by a function") {
    state s;
    for (const auto& [name, tensor] : whole_state().tensors)
        s.tensors[name.starts_with("head") ? "fc" + name.substr(4) : name] = tensor;
    CHECK(error_of<whole>(s) ==
          "file: tensor 'head.weight' is missing: the nearest name in the file is "
          "'fc.weight'");
    const std::string from = "fc.";
    const std::string to = "head.";
    load_options options;
    options.rename = [from, &to](std::string_view name) {
        return name.starts_with(from) ? to + std::string(name.substr(from.size())) : std::string(name);
    };
    CHECK(error_of<whole>(s, options) == "");

    add(s, "head.bias", {2});
    CHECK(error_of<whole>(s, options).ends_with(" are both called 'head.bias' for the network"));
    s.tensors.erase("head.bias");
    add(s, "fc.bias", {3});
    CHECK(error_of<whole>(s, options) ==
          "file: tensor 'fc.bias', for the network 'head.bias', has shape [3] where [2] was expected");

    load_options to_one;
    to_one.rename = [](std::string_view) { return std::string("head.bias"); };
    CHECK(
        error_of<whole>(whole_state(), to_one).starts_with("file: tensor 'backbone.0.0.weight' is missing"));
    load_options away;
    away.leave_extra_tensors = true;
    away.rename = [](std::string_view name) {
        return std::string(name == "junk" || name == "more" ? "" : name);
    };
    state with_junk = whole_state();
    add(with_junk, "junk", {1});
    add(with_junk, "more", {1});
    CHECK(error_of<whole>(with_junk, away) == "");
}

TEST_CASE("a part of the layers is read into a model that has weights") {
    auto made = load<whole>(whole_state("", 0.5F).bytes());
    REQUIRE(made);
    const std::vector<float> before = weights_of(*made);
    auto expected = load<whole>([] {
        state s = whole_state("", 0.25F);
        for (const char* name : {"head.weight", "head.bias"}) s.tensors[name].values = {0.5F, 0.5F};
        s.tensors["head.weight"].values.resize(4, 0.5F);
        return s.bytes();
    }());
    REQUIRE(expected);

    load_options backbone;
    backbone.takes_layer = [](std::string_view name) { return name.starts_with("backbone."); };
    SUBCASE("all but the last layer, of a file that has another") {
        state s = whole_state("", 0.25F);
        add(s, "head.weight", {1000, 2});
        add(s, "head.bias", {1000});
        CHECK(error_into(*made, s, backbone) == "");
        CHECK(weights_of(*made) == weights_of(*expected));
    }
    SUBCASE("of a file that has none, under other names") {
        backbone.add_prefix = "backbone.";
        CHECK(error_into(*made, backbone_state("module.", 0.25F), backbone) == "");
        CHECK(weights_of(*made) == weights_of(*expected));
    }
    SUBCASE("a layer that no layer of the network has is left only where that is said") {
        state s = backbone_state("backbone.", 0.25F);
        add(s, "classifier.weight", {5, 2});
        CHECK(error_into(*made, s, backbone) == "file: tensor 'classifier.weight' was not expected");
        CHECK(weights_of(*made) == before);
        backbone.leave_extra_tensors = true;
        CHECK(error_into(*made, s, backbone) == "");
        CHECK(weights_of(*made) == weights_of(*expected));
    }
    SUBCASE("what is to be read must be there") {
        state s = backbone_state("backbone.", 0.25F);
        s.tensors.erase("backbone.0.1.bias");
        CHECK(error_into(*made, s, backbone) ==
              "file: tensor 'backbone.0.1.bias' is missing: the nearest name in the file is "
              "'backbone.1.0.bias'");
        CHECK(weights_of(*made) == before);
    }
    SUBCASE("a norm goes with its convolution, whatever is said of it") {
        backbone.takes_layer = [](std::string_view name) { return name == "backbone.0.0"; };
        state s = backbone_state("backbone.", 0.25F);
        s.tensors.erase("backbone.1.0.weight");
        s.tensors.erase("backbone.0.1.running_mean");
        CHECK(error_into(*made, s, backbone) ==
              "file: tensor 'backbone.0.1.running_mean' is missing: the nearest name in the file is "
              "'backbone.0.1.running_var'");
        backbone.takes_layer = [](std::string_view name) { return name == "backbone.0.1"; };
        CHECK(error_into(*made, s, backbone) ==
              "file: no layer of the network was to be read, where it has layers such as 'backbone.0.0'");
        CHECK(weights_of(*made) == before);
    }
    SUBCASE("a new model needs all") {
        CHECK(
            error_of<whole>(whole_state(), backbone) ==
            "file: only a part of the layers was to be read, where a new model needs all: load_into reads a "
            "part into a model that has weights");
    }
}

TEST_CASE("a file that is refused changes nothing") {
    auto made = load<whole>(whole_state().bytes());
    REQUIRE(made);
    const std::vector<float> before = weights_of(*made);
    state s = whole_state("", 0.25F);
    SUBCASE("the last value is not finite") { s.tensors["head.bias"].values[1] = std::nanf(""); }
    SUBCASE("a later norm does not fold") { s.tensors["backbone.0.1.running_var"].values[1] = -1; }
    SUBCASE("a shape") { add(s, "head.bias", {3}); }
    CHECK(error_into(*made, s) != "");
    CHECK(weights_of(*made) == before);
}

TEST_CASE("doubles are read, those that no float is near are refused") {
    const auto file = [](double value) {
        const std::string header = R"({"0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}})";
        std::vector<std::byte> bytes(8);
        bytes[0] = static_cast<std::byte>(header.size());
        for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
        for (int i = 0; i < 8; ++i)
            bytes.push_back(static_cast<std::byte>(std::bit_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
        return bytes;
    };
    using one = network<shape{1, 1, 1}, linear{.out = 1, .bias = false}>;
    const auto loaded = load<one>(file(0.1));
    REQUIRE_MESSAGE(loaded, loaded.error());
    one::workspace scratch;
    CHECK((*loaded)(tensor<float, shape{1, 1, 1}>{{1}}, scratch)[0] == 0.1F);
    const auto refused = load<one>(file(1e300), "file");
    REQUIRE_FALSE(refused);
    CHECK(refused.error() ==
          "file: tensor '0.weight' has a value that is larger than a float at 0 where "
          "numbers were expected");
    CHECK_FALSE(load<one>(file(std::nan(""))));
}

namespace {

/// What a network of one pixel makes of numbers.
template <class Network>
float run_once(const state& s, std::array<float, static_cast<std::size_t>(Network::input.channels)> x) {
    const auto loaded = load<Network>(s.bytes(), "file");
    REQUIRE_MESSAGE(loaded, loaded.error());
    typename Network::workspace scratch;
    tensor<float, Network::input> picture;
    std::copy(x.begin(), x.end(), picture.begin());
    return (*loaded)(picture, scratch)[0];
}

/// mean 7, variance 4; weight 2, bias 5 where it scales.
void add_norm(state& s, const std::string& name, bool scales = true) {
    if (scales) {
        add(s, name + ".weight", {1}, 2);
        add(s, name + ".bias", {1}, 5);
    }
    add(s, name + ".running_mean", {1}, 7);
    add(s, name + ".running_var", {1}, 4);
}

constexpr conv with_norm(affine after) { return {.out = 1, .after = after, .activation = activation::none}; }

/// Shares its convolution, but not the norm.
struct two_norms {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        const auto convolve = [&] { return g.conv(x, {.out = 1, .after = affine::none, .name = "conv"}); };
        x = g.batch_norm(g.in("")(convolve), {}, "bn1");
        return g.batch_norm(g.share("")(convolve), {}, "bn2");
    }
};

struct used_twice {
    constexpr refusal check(shape) const { return {}; }
    constexpr feature_map lower(graph& g, feature_map x) const {
        x = g.in("a")(x, with_norm(affine::batch_norm));
        return g.share("a")(x, with_norm(affine::batch_norm));
    }
};

}  // namespace

TEST_CASE("norms fold as they are said to be") {
    state s;
    add(s, "0.0.weight", {1, 1, 1, 1}, 3);
    const auto normalised = [](double x, double epsilon) { return (x - 7) / std::sqrt(4 + epsilon); };
    const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-6); };
    SUBCASE("with a bias before it") {
        add(s, "0.0.bias", {1}, 0.5F);
        add_norm(s, "0.1");
        CHECK(run_once<network<shape{1, 1, 1}, with_norm(affine::bias_and_batch_norm)>>(s, {11}) ==
              near(normalised(33.5, 1e-5) * 2 + 5));
    }
    SUBCASE("without weight and bias") {
        add_norm(s, "0.1", false);
        CHECK(run_once<network<shape{1, 1, 1}, with_norm({.scales = false})>>(s, {11}) ==
              near(normalised(33, 1e-5)));
    }
    SUBCASE("a layer's epsilon, a network's epsilon") {
        add_norm(s, "0.1");
        CHECK(run_once<network<shape{1, 1, 1}, with_norm({.epsilon = 1.0})>>(s, {11}) ==
              near(normalised(33, 1) * 2 + 5));
        CHECK(run_once<network<shape{1, 1, 1}, norms{.epsilon = 0.5}, with_norm(affine::batch_norm)>>(
                  s, {11}) == near(normalised(33, 0.5) * 2 + 5));
        CHECK(run_once<network<shape{1, 1, 1}, norms{.epsilon = 0.5}, with_norm({.epsilon = 1.0})>>(
                  s, {11}) == near(normalised(33, 1) * 2 + 5));
    }
    SUBCASE("in blocks of their own, with dropout between them") {
        add_norm(s, "2");
        using net = network<shape{1, 1, 1}, with_norm(affine::none), dropout{}, batch_norm{}, dropout{},
                            activate{activation::relu}, dropout{}>;
        CHECK(net::sizes.ops == 1);
        CHECK(run_once<net>(s, {11}) == near(normalised(33, 1e-5) * 2 + 5));
        CHECK(run_once<net>(s, {-11}) == 0);
    }
    SUBCASE("after a linear layer") {
        state t;
        add(t, "0.weight", {1, 1}, 3);
        add(t, "0.bias", {1}, 0.5F);
        add_norm(t, "1");
        CHECK(run_once<network<shape{1, 1, 1}, linear{.out = 1}, batch_norm{}>>(t, {11}) ==
              near(normalised(33.5, 1e-5) * 2 + 5));
    }
    SUBCASE("that no convolution takes") {
        state t;
        add_norm(t, "0");
        CHECK(run_once<network<shape{1, 1, 1}, batch_norm{}>>(t, {11}) == near(normalised(11, 1e-5) * 2 + 5));
        CHECK(run_once<network<shape{1, 1, 1}, batch_norm{.epsilon = 1.0}, activate{}>>(t, {-11}) == 0);
        add(t, "2.0.weight", {1, 1, 1, 1}, 3);
        add_norm(t, "4", false);
        using net = network<shape{1, 1, 1}, batch_norm{}, activate{}, with_norm(affine::none), activate{},
                            batch_norm{.scales = false}>;
        CHECK(run_once<net>(t, {11}) == near(normalised(3 * (normalised(11, 1e-5) * 2 + 5), 1e-5)));
        t.tensors.erase("4.running_var");
        CHECK(load<net>(t.bytes(), "file").error() ==
              "file: tensor '4.running_var' is missing: the nearest name in the file is '0.running_var'");
    }
    SUBCASE("of a convolution that two norms share") {
        state t;
        add(t, "0.conv.weight", {1, 1, 1, 1}, 3);
        add_norm(t, "0.bn1");
        add_norm(t, "0.bn2");
        t.tensors["0.bn2.running_var"].values[0] = 9;
        const double first = normalised(33, 1e-5) * 2 + 5;
        CHECK(run_once<network<shape{1, 1, 1}, two_norms{}>>(t, {11}) ==
              near((first * 3 - 7) / std::sqrt(9 + 1e-5) * 2 + 5));
    }
    SUBCASE("that are shared with their convolution") {
        state t;
        add(t, "0.a.0.0.weight", {1, 1, 1, 1}, 3);
        add_norm(t, "0.a.0.1");
        const double first = normalised(33, 1e-5) * 2 + 5;
        CHECK(run_once<network<shape{1, 1, 1}, used_twice{}>>(t, {11}) ==
              near(normalised(first * 3, 1e-5) * 2 + 5));
    }
}

TEST_CASE("a transposed convolution is stored with its inputs first") {
    state s;
    add(s, "0.0.weight", {2, 3, 1, 1});
    s.tensors["0.0.weight"].values = {1, 2, 3, 40, 50, 60};
    add(s, "0.0.bias", {3}, 0.5F);
    constexpr conv_transpose up{.out = 3, .kernel = 1, .stride = 1, .after = affine::bias};
    using net = network<shape{2, 1, 1}, up>;
    const auto loaded = load<net>(s.bytes());
    REQUIRE_MESSAGE(loaded, loaded.error());
    net::workspace scratch;
    const auto made = (*loaded)(tensor<float, shape{2, 1, 1}>{{1, 0.1F}}, scratch);
    CHECK(made[0] == doctest::Approx(1 + 4 + 0.5));
    CHECK(made[1] == doctest::Approx(2 + 5 + 0.5));
    CHECK(made[2] == doctest::Approx(3 + 6 + 0.5));
}

TEST_CASE("one group a channel is depthwise, with the same weights") {
    state s;
    add(s, "0.0.weight", {2, 1, 3, 3});
    for (std::size_t i = 0; i < 18; ++i) s.tensors["0.0.weight"].values[i] = static_cast<float>(i);
    add(s, "0.0.bias", {2}, 1);
    constexpr conv grouped{.out = 2, .kernel = 3, .groups = 2, .after = affine::bias};
    constexpr depthwise alone{.after = affine::bias};
    CHECK(run_once<network<shape{2, 1, 1}, grouped>>(s, {10, 1}) == 41);
    CHECK(run_once<network<shape{2, 1, 1}, alone>>(s, {10, 1}) == 41);
}

namespace {

/// Two outputs: twice the input, and three times that; with the example that says so.
using two_outputs =
    network<shape{1, 1, 2}, conv{.out = 1, .after = affine::none, .activation = activation::none},
            also_output, conv{.out = 1, .after = affine::none, .activation = activation::none}>;

state verified_state() {
    state s;
    add(s, "0.0.weight", {1, 1, 1, 1}, 2);
    add(s, "1.0.weight", {1, 1, 1, 1}, 3);
    s.tensors["plait.example.input"] = {{1, 1, 1, 2}, {0.5F, -1}};
    s.tensors["plait.example.output0"] = {{1, 1, 1, 2}, {1, -2}};
    s.tensors["plait.example.output1"] = {{1, 2}, {3, -6}};
    return s;
}

result<double> verified(const state& s, const verify_options& options = {}) {
    const auto loaded = load<two_outputs>(s.bytes(), "file");
    REQUIRE_MESSAGE(loaded, loaded.error());
    return verify(*loaded, s.bytes(), "file", options);
}

}  // namespace

TEST_CASE("a file's example is replayed") {
    state s = verified_state();
    const auto found = verified(s);
    REQUIRE_MESSAGE(found, found.error());
    CHECK(*found == 0);

    auto& second = s.tensors["plait.example.output1"].values;
    SUBCASE("every output is compared, relative to its largest value") {
        second[0] = 3.03F;
        CHECK(verified(s).error() ==
              "file: output 1 of the network differs from the file's example by 0.005 of "
              "its largest value where at most 0.0001 was expected");
        const auto near = verified(s, {.tolerance = 0.01});
        REQUIRE(near);
        CHECK(*near == doctest::Approx(0.005));
        s.tensors["plait.example.output0"].values[1] = 2;
        CHECK(verified(s, {.tolerance = 0.01}).error().starts_with("file: output 0 of the network differs"));
    }
    SUBCASE("what is not finite never agrees") {
        second[0] = std::nanf("");
        CHECK(verified(s).error() ==
              "file: tensor 'plait.example.output1' has a value that is not finite at 0 "
              "where numbers were expected");
        second[0] = std::numeric_limits<float>::infinity();
        CHECK_FALSE(verified(s, {.tolerance = 1e30}));
        second[0] = 3;
        s.tensors["1.0.weight"].values[0] = 3e38F;
        CHECK(
            verified(s, {.tolerance = 1e38}).error() ==
            "file: output 1 of the network: value 1 of 2 is -inf where -6 was expected: both must be finite");
    }
    SUBCASE("an input that is not finite") {
        s.tensors["plait.example.input"].values[1] = std::nanf("");
        CHECK_FALSE(verified(s));
    }
    SUBCASE("no example") {
        s.tensors.erase("plait.example.input");
        CHECK(verified(s).error() ==
              "file: has no example to verify with: tensor 'plait.example.input' is missing");
    }
    SUBCASE("another number of outputs") {
        s.tensors.erase("plait.example.output1");
        CHECK(verified(s).error() == "file: has an example of 1 outputs where the network has 2");
        s = verified_state();
        add(s, "plait.example.output2", {1, 2});
        CHECK(verified(s).error() == "file: has an example of 3 outputs where the network has 2");
    }
    SUBCASE("another shape") {
        s.tensors["plait.example.input"].dimensions = {1, 2, 1, 1};
        CHECK(verified(s));  // the same numbers in the same order
        add(s, "plait.example.input", {1, 1, 3, 2});
        CHECK(verified(s).error() ==
              "file: tensor 'plait.example.input' has shape [1, 1, 3, 2] where the network "
              "has [1, 1, 2]");
    }
    SUBCASE("a tolerance that is none") {
        CHECK_FALSE(verified(s, {.tolerance = -1}));
        CHECK_FALSE(verified(s, {.tolerance = std::nan("")}));
    }
    SUBCASE("files that are none") {
        const auto loaded = load<two_outputs>(s.bytes());
        CHECK_FALSE(verify(*loaded, golden / "nothing.safetensors"));
        CHECK_FALSE(verify(*loaded, std::span<const std::byte>{}));
    }
}

TEST_CASE("files that are not there or not files") {
    const auto missing = load<small>(golden / "nothing.safetensors");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().find("nothing.safetensors") != std::string::npos);
    CHECK_FALSE(load<small>(golden));
    CHECK_FALSE(load<small>(std::span<const std::byte>{}));
}
