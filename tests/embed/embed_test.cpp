// SPDX-License-Identifier: BSD-3-Clause
// Weights in the binary are those of the file: the program's and the ones that the packer writes.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../agreement.hpp"
#include "../counted_allocations.hpp"
#include "../foreign_locale.hpp"
#include "../io/scratch_folder.hpp"
#include "as_bytes.hpp"
#include "as_floats.hpp"
#include "as_halves.hpp"
#include "plait/embed/narrow_words.hpp"
#include "plait/embed/pack_weights.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/picture_tensor.hpp"
#include "plait/io/quantised_file.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/network/winograd.hpp"
#include "spelled_out.hpp"

using namespace plait;

namespace {

namespace fs = std::filesystem;
using net = augshufflenet_x0_5<10>;

const fs::path examples = fs::path(PLAIT_SOURCE_DIR) / "examples";

const model<net>& loaded() {
    static const auto read = load<net>(examples / "weights/augshufflenet_x0_5_cifar10.safetensors");
    return *read;
}

template <class Range>
bool same_bits(const Range& a, const Range& b) {
    return a.size() == b.size() &&
           std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

tensor<float, net::input> photograph(const char* name) {
    const auto read = read_picture(examples / "pictures" / name);
    return to_tensor<net::input>(centre_square(*read));
}

constexpr const char* photographs[] = {"bird.jpg", "cat.jpg",   "deer.jpg",  "dog.jpg",
                                       "duck.jpg", "horse.jpg", "kitten.jpg"};

/// A network with two weights, which are `value`, and its file.
using two_weights = network<shape{1, 2, 2}, global_average_pool{}, linear{.out = 2}>;
std::vector<std::byte> two_weights_of(float value) {
    const std::vector<float> weights{value, value}, bias{0, 0};
    const std::vector<named_values> tensors{{"1.weight", {2, 1}, weights}, {"1.bias", {2}, bias}};
    return write_safetensors(tensors);
}

template <class Network>
std::string why_refused(const fs::path& weights, const scratch_folder& folder, stored_as form) {
    const auto done = pack_weights<Network>(weights, folder.path(), "made", form);
    CHECK(!done);
    for (const char* ending : {".hpp", ".cpp", ".bin"})
        CHECK(!fs::exists(folder / ("made_weights" + std::string(ending))));
    return done.error();
}

}  // namespace

static_assert(sizeof(as_floats) == sizeof(const float*));
static_assert(std::is_trivially_copyable_v<as_floats>);
static_assert(std::is_same_v<as_floats::workspace, net::workspace>);

constexpr auto own_packing = executor<net>::packing;
static_assert(as_floats_weights::packing == own_packing && as_halves_weights::packing == own_packing);
static_assert(executor<augshufflenet_x0_5<100>>::packing != own_packing);

TEST_CASE("embedded floats are the file's weights, bit for bit, where they lie") {
    const as_floats embedded;
    CHECK(same_bits(embedded.packed(), loaded().packed()));
    CHECK(embedded.packed().data() == as_floats_weights::values());
    CHECK(reinterpret_cast<std::uintptr_t>(embedded.packed().data()) % cache_line_bytes == 0);
    CHECK(same_bits(spelled_out().packed(), embedded.packed()));
}

TEST_CASE("embedded floats give the bits that loaded ones give") {
    const as_floats embedded;
    as_floats::batch_workspace scratch;
    std::vector<as_floats::input_tensor> pictures;
    std::vector<as_floats::output_tensor> alone;
    for (const char* name : photographs) {
        pictures.push_back(photograph(name));
        alone.push_back(embedded(pictures.back(), scratch.one));
        CHECK(same_bits(alone.back(), loaded()(pictures.back(), scratch.one)));
        CHECK(same_bits(alone.back(), std::get<0>(embedded.all_outputs(pictures.back(), scratch.one))));
    }
    std::vector<as_floats::output_tensor> together(pictures.size());
    CHECK(embedded.forward(pictures, together, scratch));
    for (std::size_t i = 0; i < pictures.size(); ++i) CHECK(same_bits(together[i], alone[i]));
}

TEST_CASE("embedded floats allocate nothing") {
    const auto picture = photograph("cat.jpg");
    static as_floats::workspace scratch;
    const long long before = allocations;
    const as_floats embedded;
    const auto logits = embedded(picture, scratch);
    const long long after = allocations;
    CHECK(after == before);
    CHECK(std::ranges::max_element(logits) - logits.begin() == 3);
}

TEST_CASE("embedded halves are the nearest to the file's weights") {
    const as_halves embedded;
    const auto found = embedded.packed(), exact = loaded().packed();
    int wrong = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
        wrong += found[i] != half_to_float(half_from_float(exact[i]));
    CHECK(wrong == 0);
}

TEST_CASE("embedded halves move logits by less than 0.3 % of the largest") {
    const as_halves embedded;
    static net::workspace scratch;
    for (const char* name : photographs) {
        const auto picture = photograph(name);
        const auto exact = loaded()(picture, scratch);
        const auto found = embedded(picture, scratch);
        check_agreement(found, exact, 0.003);
        CHECK(std::ranges::max_element(exact) - exact.begin() ==
              std::ranges::max_element(found) - found.begin());
    }
}

TEST_CASE("a file of another network is refused with the loader's sentence, and nothing is written") {
    const scratch_folder folder;
    const fs::path plus =
        fs::path(PLAIT_SOURCE_DIR) / "tests/golden/augshufflenet_plus_x0_5_cifar10.safetensors";
    for (const auto& file : {plus, folder / "missing.safetensors", folder.write("empty.safetensors", "")})
        CHECK(why_refused<net>(file, folder, stored_as::floats) == load<net>(file).error());
}

TEST_CASE("a weight that halves cannot hold is refused, and floats can hold it") {
    const scratch_folder folder;
    const fs::path file = folder.write("large.safetensors", two_weights_of(65536));
    CHECK(why_refused<two_weights>(file, folder, stored_as::halves) ==
          file.string() +
              ": layer '1' has a weight of 65536 with batch norm folded in, where at most 65504 in "
              "magnitude was expected");
    CHECK(pack_weights<two_weights>(file, folder.path(), "made", stored_as::floats));
    CHECK(fs::file_size(folder / "made_weights.bin") ==
          sizeof(float) * static_cast<std::size_t>(model<two_weights>::runner::packed_size));
}

TEST_CASE("weights are embedded as Winograd's algorithm transforms them") {
    using transformed =
        winograd<network<shape{32, 8, 8}, conv{.out = 32, .kernel = 3, .after = affine::bias}>>;
    const auto file_of = [](float value) {
        std::vector<float> weights(32 * 32 * 9);
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = value * static_cast<float>(i % 7 + 1);
        const std::vector<float> bias(32, 0.5F);
        const std::vector<named_values> tensors{{"0.0.weight", {32, 32, 3, 3}, weights},
                                                {"0.0.bias", {32}, bias}};
        return write_safetensors(tensors);
    };
    const scratch_folder folder;
    const fs::path file = folder.write("small.safetensors", file_of(0.01F));
    REQUIRE(pack_weights<transformed>(file, folder.path(), "made", stored_as::floats));
    const auto loaded = load<transformed>(file);
    REQUIRE_MESSAGE(loaded, loaded.error());
    const auto bytes = read_file(folder / "made_weights.bin");
    REQUIRE(bytes);
    const auto packed = loaded->packed();
    REQUIRE(bytes->size() == packed.size_bytes());
    CHECK(std::memcmp(bytes->data(), packed.data(), packed.size_bytes()) == 0);

    const fs::path large = folder.write("large.safetensors", file_of(9000));
    const scratch_folder empty;
    CHECK(why_refused<transformed>(large, empty, stored_as::halves)
              .find("large.safetensors: a packed weight is ") != std::string::npos);
}

TEST_CASE("bytes in the program are the file's network in int8, bit for bit") {
    const auto read =
        load<as_bytes::network>(examples / "weights/augshufflenet_x0_5_cifar10_int8.safetensors");
    REQUIRE_MESSAGE(read, read.error());
    const as_bytes made;
    CHECK(same_bits(made.packed(), read->packed()));
    static as_bytes::workspace scratch;
    for (const char* name : photographs) {
        const auto picture = photograph(name);
        CHECK(same_bits(made(picture, scratch), (*read)(picture, scratch)));
    }
    CHECK(as_bytes::weight_bytes < static_cast<long long>(read->packed().size_bytes()));
}

TEST_CASE("runs of narrow words are widened to the same bits") {
    const auto of_words = [](int low, int high) {
        return std::bit_cast<float>((static_cast<std::uint32_t>(low) & 0xffffU) |
                                    static_cast<std::uint32_t>(high) << 16U);
    };
    for (const int whole : {0, 1, 7, 70000})
        for (const int narrow : {0, 1, 3, 4, 5, 70000}) {
            std::vector<float> values;
            for (int i = 0; i < whole; ++i) values.push_back(of_words(128 + i % 90, i));
            for (int i = 0; i < narrow; ++i) values.push_back(of_words(i % 256 - 128, 127 - i % 256));
            values.push_back(-1.5F);
            const auto bytes = plait::detail::narrow_words(values);
            const plait::detail::widened_words made(bytes.data(), static_cast<long long>(values.size()));
            CHECK(std::memcmp(made.data(), values.data(), sizeof(float) * values.size()) == 0);
            CHECK(bytes.size() <= 4 * values.size() + 4 * (values.size() / 65535 + 2));
            if (narrow == 70000) CHECK(bytes.size() < 2 * 70000 + 4U * static_cast<unsigned>(whole) + 100);
        }
}

TEST_CASE("a folder that is not there is refused") {
    const scratch_folder folder;
    const fs::path file = folder.write("small.safetensors", two_weights_of(1));
    const auto done = pack_weights<two_weights>(file, folder / "missing", "made", stored_as::halves);
    CHECK(done.error().find("made_weights.bin: cannot be written") != std::string::npos);
}

TEST_CASE("a number that is spelled out is itself, in any locale") {
    std::vector<std::string> texts;
    const std::vector<float> values{1.0f,  -0.1f, 3.4028235e38f, 1.17549435e-38f, 1e-45f, 0.333333343f,
                                    -3.0f, 0.0f,  -0.0f};
    for (const float value : values) {
        texts.push_back(plait::detail::literal(value));
        CHECK(std::bit_cast<std::uint32_t>(std::strtof(texts.back().c_str(), nullptr)) ==
              std::bit_cast<std::uint32_t>(value));
        CHECK(texts.back().ends_with('F'));
    }
    CHECK(texts[6] == "-0x1.8p+1F");
    CHECK(texts[8] == "-0x0p+0F");
    const foreign_locale here;
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(plait::detail::literal(values[i]) == texts[i]);
}
