// SPDX-License-Identifier: BSD-3-Clause
// A weight file, read as safetensors and loaded into a network with every kind of layer that a file can fill.
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "../io/scratch_folder.hpp"
#include "fuzz.hpp"
#include "plait/blocks/blocks.hpp"
#include "plait/core/finite.hpp"
#include "plait/io/load.hpp"
#include "plait/io/safetensors_writer.hpp"
#include "plait/io/verify.hpp"
#include "plait/network/reference.hpp"

using namespace plait;

namespace {

/// make_seeds.py knows its tensors.
using small = network<shape{3, 4, 4}, conv{.out = 6}, grouped_shuffle_unit{.out = 12, .stride = 2},
                      global_average_pool{}, linear{.out = 2}>;
using small_input = model<small>::input_tensor;
using small_output = model<small>::output_tensor;

/// Takes weights as a model does, and keeps them.
struct kept_layers {
    using network = small;
    std::vector<folded_layer> layers = std::vector<folded_layer>(static_cast<std::size_t>(small::sizes.ops));

    void set_weights(int i, const float* weights, const float* bias) {
        const op& o = small::calls.ops[i];
        const auto count = o.weights();
        layers[static_cast<std::size_t>(i)] = {{weights, weights + count}, {bias, bias + o.out.count}};
    }

    template <class Visit>
    void each_value(Visit visit) {
        for (folded_layer& layer : layers) {
            for (float& value : layer.weights) visit(value);
            for (float& value : layer.bias) visit(value);
        }
    }
};

void check_tensors(const safetensors& file, std::span<const std::byte> bytes) {
    std::size_t total = 0;
    const stored_tensor* before = nullptr;
    for (const stored_tensor& t : file.tensors()) {
        expect(t.bytes.empty() || (t.bytes.data() >= bytes.data() &&
                                   t.bytes.data() + t.bytes.size() <= bytes.data() + bytes.size()),
               "a tensor lies in its file");
        std::int64_t elements = 1;
        for (const std::int64_t d : t.dimensions) elements *= d;
        expect(elements == t.elements(), "a tensor has as many elements as its shape");
        expect(t.bytes.size() == static_cast<std::size_t>(elements * element_bytes(t.type)),
               "a tensor has as many bytes as its elements");
        expect(!before || before->name < t.name, "names are in order, and no two are equal");
        expect(file.find(t.name) == &t, "a tensor is found by its name");
        total += t.bytes.size();
        before = &t;
    }
    expect(total <= bytes.size(), "no byte belongs to two tensors");
    expect(std::ranges::is_sorted(file.metadata(), {}, &metadata_entry::key), "metadata is in order");
}

/// The tensors that hold numbers, written and read again.
void check_writer(const safetensors& file) {
    std::vector<std::vector<float>> values;
    std::vector<named_values> list;
    for (const stored_tensor& t : file.tensors()) {
        std::vector<float> converted(static_cast<std::size_t>(t.elements()));
        if (!copy_as_float(t, converted.data())) continue;
        values.push_back(std::move(converted));
        list.push_back({t.name, t.dimensions, values.back()});
    }
    const std::vector<std::byte> written = write_safetensors(list);
    const auto again = safetensors::parse(written);
    expect(bool(again), "what was written is read");
    expect(again->tensors().size() == list.size(), "as many tensors are read as were written");
    for (const named_values& wanted : list) {
        const stored_tensor* read = again->find(wanted.name);
        expect(read && read->type == element_type::f32 && read->dimensions == wanted.dimensions,
               "a tensor is read as it was written");
        expect(read->bytes.size() == wanted.values.size_bytes() &&
                   (read->bytes.empty() ||
                    std::memcmp(read->bytes.data(), wanted.values.data(), read->bytes.size()) == 0),
               "values are read as they were written");
    }
}

small_input picture() {
    small_input values;
    std::iota(values.begin(), values.end(), 0.0F);
    for (float& value : values) value /= 48;
    return values;
}

/// Against the reference in double precision, where no sum is larger than a float.
void check_logits(const small_output& logits, kept_layers kept) {
    float largest = 0;
    kept.each_value([&](float value) { largest = std::max(largest, std::abs(value)); });
    if (largest > 1e4F) return;
    const auto expected = reference_forward<small>(picture(), kept.layers)[0];
    kept.each_value([](float& value) { value = std::abs(value); });
    const auto bound = reference_forward<small>(picture(), kept.layers)[0];
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const float logit = logits[static_cast<int>(i)];
        expect(is_finite(logit), "logits are finite");
        expect(std::abs(logit - expected[i]) <= 1e-4 * bound[i] + 1e-30, "logits are the reference's");
    }
}

void check_model(const model<small>& loaded, std::span<const std::byte> bytes) {
    auto kept = load<kept_layers>(bytes, "file");
    expect(bool(kept), "any kind of model loads the same file");
    kept->each_value([](float value) { expect(is_finite(value), "weights are finite"); });
    static small::workspace scratch;
    const auto logits = loaded(picture(), scratch);
    check_logits(logits, *kept);

    static const scratch_folder folder;
    const auto from_file = load<small>(folder.write("weights.safetensors", bytes));
    expect(bool(from_file), "a file is loaded as its bytes are");
    const auto same = (*from_file)(picture(), scratch);
    expect(std::memcmp(same.data(), logits.data(), logits.size() * sizeof(float)) == 0,
           "a model from a file is that of its bytes");
}

/// Chooses by the bytes themselves, so that equal inputs do equal things.
class choices {
public:
    explicit choices(std::span<const std::byte> bytes)
        : random_(std::accumulate(bytes.begin(), bytes.end(), 1U, [](unsigned sum, std::byte b) {
              return 31 * sum + std::to_integer<unsigned>(b);
          })) {}
    unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }
    bool toss() { return roll(2) == 0; }

private:
    std::minstd_rand random_;
};

load_options draw_options(choices& drawn) {
    constexpr std::string_view prefixes[]{"", "", "module.", "1.", "0", "."};
    load_options options{.strip_prefix = prefixes[drawn.roll(6)],
                         .add_prefix = prefixes[drawn.roll(6)],
                         .leave_extra_tensors = drawn.toss()};
    if (drawn.roll(4) == 0)
        options.rename = [](std::string_view name) {
            return name.empty() ? std::string() : std::string(name.substr(1)) + name.front();
        };
    if (drawn.toss()) {
        const char last = drawn.toss() ? '3' : '0';
        options.takes_layer = [last](std::string_view layer) { return !layer.starts_with(last); };
    }
    return options;
}

small_output answer_of(const model<small>& of) {
    static small::workspace scratch;
    return of(picture(), scratch);
}

/// Loading is all or nothing whatever the options, and an example is held against the model or refused.
void check_options(std::span<const std::byte> bytes) {
    choices drawn(bytes);
    model<small> kept = model<small>::zeros();
    const load_options options = draw_options(drawn);
    const small_output before = answer_of(kept);
    const auto done = load_into(kept, bytes, "file", options);
    if (!done) {
        expect_sentence(done.error(), "file: ");
        const small_output after = answer_of(kept);
        expect(std::memcmp(after.data(), before.data(), before.size() * sizeof(float)) == 0,
               "what refuses a file is as before");
    }
    const verify_options allowed{.tolerance = drawn.toss() ? 1e-4 : 1e30};
    const auto worst = verify(kept, bytes, "file", allowed);
    if (worst)
        expect(*worst >= 0 && *worst <= allowed.tolerance, "what is verified is within the tolerance");
    else
        expect_sentence(worst.error(), "file: ");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span bytes = std::as_bytes(std::span(data, size));
    const auto file = safetensors::parse(bytes, "file");
    if (file) {
        check_tensors(*file, bytes);
        check_writer(*file);
    } else {
        expect_sentence(file.error(), "file: ");
    }
    const auto loaded = load<small>(bytes, "file");
    if (loaded) {
        expect(bool(file), "what is loaded is a safetensors file");
        check_model(*loaded, bytes);
    } else {
        expect_sentence(loaded.error(), "file: ");
    }
    check_options(bytes);
    return 0;
}
