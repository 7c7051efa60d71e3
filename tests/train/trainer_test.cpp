// SPDX-License-Identifier: BSD-3-Clause
#include "plait/train/trainer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../counted_allocations.hpp"
#include "plait/models/augshufflenet.hpp"
#include "plait/train/augmentation.hpp"
#include "plait/train/schedule.hpp"
#include "plait/train/torchvision_initialisation.hpp"

using namespace plait;

namespace {

using net = network<shape{3, 8, 8}, conv{.out = 12, .kernel = 3}, shuffle_down{.out = 24},
                    aug_shuffle{.split = {1, 2}}, global_average_pool{}, linear{.out = 3}>;

using large = augshufflenet_x0_5<10>;

/// Pictures of three classes, each brighter in another channel.
template <class Trainer>
std::vector<int> put_pictures(Trainer& learning, int pictures, random_numbers& random) {
    std::vector<int> labels;
    for (int n = 0; n < pictures; ++n) {
        labels.push_back(random.below(3));
        const auto to = learning.input(n);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                to.row(c, y, [&](int) {
                    return static_cast<float>(random.uniform(0, 1) + (c == labels.back() ? 0.5 : 0));
                });
    }
    return labels;
}

template <int Threads>
std::vector<float> trained() {
    trainer<net, training{.batch = 13, .threads = Threads}> learning(3);
    random_numbers random(4);
    for (int i = 0; i < 5; ++i) learning.step(put_pictures(learning, i == 3 ? 2 : 13, random), 0.1);
    const auto parameters = learning.parameters();
    return {parameters.begin(), parameters.end()};
}

}  // namespace

TEST_CASE("the parameters are the same bits with any number of threads") {
    const std::vector<float> one = trained<1>();
    for (const auto& others : {trained<2>(), trained<4>(), trained<1>()})
        CHECK(std::memcmp(one.data(), others.data(), one.size() * sizeof(float)) == 0);
}

static_assert(torchvision_initialisation<mobilenet_v2<7>>() == initialisation::kaiming_fan_out(0.01));
static_assert(torchvision_initialisation<resnet18<5, shape{3, 64, 32}>>() ==
              initialisation::kaiming_fan_out());
static_assert(torchvision_initialisation<large>() == initialisation{});

TEST_CASE("parameters begin with PyTorch's distributions") {
    using wide = network<shape{8, 3, 3}, conv{.out = 64, .kernel = 3, .after = affine::bias}, batch_norm{},
                         global_average_pool{}, linear{.out = 500}>;
    const auto check = []<training Options>(double conv_variance, double largest_conv, double linear_variance,
                                            double bias_variance) {
        trainer<wide, Options> learning(9);
        const auto variance = [&](int row, double& largest) {
            const auto& r = wide::parameter_rows.rows[row];
            const auto values =
                learning.parameters().subspan(static_cast<std::size_t>(learning.places().begin(row)),
                                              static_cast<std::size_t>(r.elements()));
            double sum = 0;
            double squares = 0;
            largest = 0;
            for (const float value : values) {
                sum += value;
                squares += static_cast<double>(value) * value;
                largest = std::max(largest, std::abs(static_cast<double>(value)));
            }
            const auto count = static_cast<double>(values.size());
            CHECK(std::abs(sum / count) < 0.05 * std::sqrt(squares / count) + 1e-9);
            return squares / count;
        };
        double largest = 0;
        CHECK(variance(0, largest) == doctest::Approx(conv_variance).epsilon(0.05));
        if (largest_conv > 0) CHECK(largest == doctest::Approx(largest_conv).epsilon(0.01));
        CHECK(variance(6, largest) == doctest::Approx(linear_variance).epsilon(0.05));
        CHECK(variance(7, largest) == doctest::Approx(bias_variance).epsilon(0.2));
    };
    check.operator()<training{.batch = 2}>(1.0 / (3 * 72), 1 / std::sqrt(72.0), 1.0 / (3 * 64),
                                           1.0 / (3 * 64));
    check.operator()<training{.batch = 2, .initialisation = initialisation::kaiming_fan_out(0.01)}>(
        2.0 / (64 * 9), 0, 1e-4, 0);
}

TEST_CASE("what is learnt is a model that runs") {
    trainer<net, training{.batch = 32, .optimiser = {.momentum = 0.8}}> learning(1);
    static_assert(decltype(learning)::memory_bytes < 3'000'000);
    random_numbers random(2);
    const schedule rates{.rate = 0.05, .steps = 60, .warm_up = 5};
    double loss = 0;
    for (int i = 0; i < 60; ++i) loss = learning.step(put_pictures(learning, 32, random), rates.rate_at(i));
    CHECK(loss < 0.3);

    const model<net> m = learning.model();
    const auto scratch = std::make_unique<net::workspace>();
    const std::vector<int> labels = put_pictures(learning, 32, random);
    int right = 0;
    for (int n = 0; n < 32; ++n) {
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                m.input(*scratch).row(c, y, learning.run_of(net::written.input, c) + n * 64 + y * 8);
        m.run(*scratch);
        const auto logits = to_tensor(m.output(*scratch));
        right += std::max_element(logits.begin(), logits.end()) - logits.begin() ==
                 labels[static_cast<std::size_t>(n)];
    }
    CHECK(right >= 30);
}

TEST_CASE("what comes before the first trained layer is as when the network runs, and is not kept") {
    constexpr training last{.batch = 16, .trains_from = "4"};
    trainer<net, last> learning(3);
    static_assert(trainer<large, training{.trains_from = "linear"}>::memory_bytes <
                  trainer<large>::memory_bytes * 3 / 10);
    const std::vector<float> before(learning.parameters().begin(), learning.parameters().end());
    const auto trained = static_cast<std::size_t>(learning.gradients().size());
    CHECK(trained == 24 * 3 + 3);
    random_numbers random(4);
    const std::vector<int> labels = put_pictures(learning, 16, random);

    // The frozen part's norms have their stored statistics: logits are the model's.
    const auto m = learning.model();
    const auto scratch = std::make_unique<net::workspace>();
    learning.forward(16);
    std::vector<float> logits(3 * padded_pixels(16));
    learning.read(net::written.outputs[0], 0, 16, {logits.data(), padded_pixels(16)});
    for (int n = 0; n < 16; ++n) {
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 8; ++y)
                m.input(*scratch).row(c, y, learning.run_of(net::written.input, c) + n * 64 + y * 8);
        m.run(*scratch);
        const auto expected = to_tensor(m.output(*scratch));
        for (int k = 0; k < 3; ++k)
            CHECK(logits[static_cast<std::size_t>(k * padded_pixels(16) + n)] ==
                  doctest::Approx(expected(k, 0, 0)).epsilon(1e-4));
    }
    for (int i = 0; i < 5; ++i) learning.step(labels, 0.1);
    const auto after = learning.parameters();
    for (std::size_t i = 0; i < before.size(); ++i)
        if (i >= trained) CHECK(before[i] == after[i]);
    CHECK(std::memcmp(before.data(), after.data(), trained * sizeof(float)) != 0);
}

TEST_CASE("frozen norms keep their statistics, and what is trained learns") {
    trainer<net, training{.batch = 16, .freezes_norms = true}> learning(3);
    random_numbers random(4);
    double first = 0;
    double last = 0;
    const std::vector<int> labels = put_pictures(learning, 16, random);
    for (int i = 0; i < 20; ++i) {
        last = learning.step(labels, 0.05);
        if (i == 0) first = last;
    }
    CHECK(last < first);
    const auto statistics = learning.parameters().subspan(learning.gradients().size());
    CHECK(std::ranges::all_of(statistics, [](float x) { return x == 0 || x == 1; }));
}

TEST_CASE("half the memory between the layers learns as well") {
    constexpr training wide{.batch = 32};
    constexpr training narrow{.batch = 32, .storage = storage::f16};
    static_assert(trainer<large, training{.storage = storage::f16}>::memory_bytes <
                  trainer<large>::memory_bytes * 6 / 10);
    const auto last_loss = []<training Options>() {
        trainer<net, Options> learning(1);
        random_numbers random(2);
        double loss = 0;
        for (int i = 0; i < 60; ++i) loss = learning.step(put_pictures(learning, 32, random), 0.05);
        return loss;
    };
    const double of_wide = last_loss.operator()<wide>();
    const double of_narrow = last_loss.operator()<narrow>();
    CHECK(of_narrow == doctest::Approx(of_wide).epsilon(0.3));
    CHECK(of_narrow < 0.4);
}

TEST_CASE("gradients that are stored as halves do not depend on how large they are") {
    const auto gradients = []<training Options>(double factor, float weights) {
        trainer<net, Options> learning(3);
        for (const auto& tensor : learning.tensors()) {
            if (tensor.name != "4.weight") continue;
            const auto begin = tensor.values.data() - learning.parameters().data();
            for (float& value :
                 learning.parameters().subspan(static_cast<std::size_t>(begin), tensor.values.size()))
                value *= weights;
        }
        random_numbers random(4);
        const std::vector<int> labels = put_pictures(learning, 13, random);
        const double loss = learning.step_with(
            13,
            [&](channel_rows<const float>, channel_rows<float> gradient) {
                for (int k = 0; k < 3; ++k)
                    for (int n = 0; n < 13; ++n)
                        gradient.row(k)[n] = static_cast<float>(
                            factor * (k == labels[static_cast<std::size_t>(n)] ? -1 : 0.5));
                return 1.0;
            },
            0);
        CHECK(loss == 1);
        CHECK(learning.problem().empty());
        std::vector<float> made(learning.gradients().begin(), learning.gradients().end());
        for (float& value : made) value = static_cast<float>(value / factor);
        return made;
    };
    constexpr training floats{.batch = 13};
    constexpr training halves{.batch = 13, .storage = storage::f16};
    const std::vector<float> once = gradients.operator()<halves>(1, 1);
    CHECK(once == gradients.operator()<halves>(0x1p-50, 1));
    CHECK(once == gradients.operator()<halves>(0x1p50, 1));
    for (const float weights : {1.0F, 5e4F}) {
        const std::vector<float> exact = gradients.operator()<floats>(1, weights);
        const std::vector<float> near = gradients.operator()<halves>(1, weights);
        double distance = 0;
        double length = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            distance += std::pow(static_cast<double>(exact[i] - near[i]), 2);
            length += std::pow(static_cast<double>(exact[i]), 2);
        }
        CHECK(length > 0);
        CHECK(distance < 1e-4 * length);
    }
}

TEST_CASE("label smoothing and weight decay that are set are those of the type") {
    constexpr training chosen{.batch = 16, .optimiser{.weight_decay = 0.03}, .label_smoothing = 0.2};
    trainer<net, chosen> of_type(3);
    trainer<net, training{.batch = 16}> set(3);
    trainer<net, training{.batch = 16}> neither(3);
    set.set_label_smoothing(0.2);
    set.set_weight_decay(0.03);
    const auto parameters = [](auto& learning) {
        random_numbers random(4);
        for (int i = 0; i < 3; ++i) learning.step(put_pictures(learning, 16, random), 0.1);
        return std::vector<float>(learning.parameters().begin(), learning.parameters().end());
    };
    const auto expected = parameters(of_type);
    CHECK(parameters(set) == expected);
    CHECK(parameters(neither) != expected);
}

TEST_CASE("an average of parameters over steps") {
    trainer<net, training{.batch = 16, .average = 0.9}> learning(3);
    random_numbers random(4);
    std::vector<float> expected;
    for (int i = 0; i < 4; ++i) {
        learning.step(put_pictures(learning, 16, random), 0.1);
        const auto now = learning.parameters();
        if (i == 0) expected.assign(now.begin(), now.end());
        for (std::size_t k = 0; k < now.size(); ++k) expected[k] += 0.1F * (now[k] - expected[k]);
    }
    trainer<net> taken;
    REQUIRE(taken.take(learning.averaged_state_dict()));
    for (std::size_t k = 0; k < expected.size(); ++k)
        CHECK(taken.parameters()[k] == doctest::Approx(expected[k]).epsilon(1e-5));
    const model<net> m = learning.averaged_model();
}

TEST_CASE("a step that cannot be says why and changes nothing") {
    trainer<net, training{.batch = 8}> learning(3);
    random_numbers random(4);
    std::vector<int> labels = put_pictures(learning, 8, random);
    const std::vector<float> before(learning.parameters().begin(), learning.parameters().end());
    const auto is_refused = [&](double loss, const char* why) {
        CHECK(!std::isfinite(loss));
        CHECK(learning.problem() == why);
        CHECK(std::memcmp(before.data(), learning.parameters().data(), before.size() * sizeof(float)) == 0);
    };
    is_refused(learning.step(labels, -0.1), "a rate of at least 0 was expected");
    is_refused(learning.step(labels, std::nan("")), "a rate of at least 0 was expected");
    is_refused(learning.step(std::vector<int>(9), 0.1), "9 labels where 1 to 8 were expected");
    is_refused(learning.step(std::vector<int>{}, 0.1), "0 labels where 1 to 8 were expected");
    is_refused(learning.step(std::vector<int>{0, 3}, 0.1), "label 3 of picture 1 where 0 to 2 was expected");
    is_refused(learning.step(std::vector<int>{-1}, 0.1), "label -1 of picture 0 where 0 to 2 was expected");
    std::atomic<bool> is_asked{true};
    learning.stop_when(&is_asked);
    is_refused(learning.step(labels, 0.1), "stopped");
    learning.stop_when(nullptr);
    learning.run_of(net::written.input, 1)[70] = std::nanf("");
    is_refused(learning.step(labels, 0.1), "the loss, and what layer '0.0' makes, is not finite at step 1");
    labels = put_pictures(learning, 8, random);
    const auto overflows = [](channel_rows<const float>, channel_rows<float> gradient) {
        for (int k = 0; k < 3; ++k) std::fill_n(gradient.row(k), 8, std::numeric_limits<float>::infinity());
        return 1.0;
    };
    is_refused(learning.step_with(8, overflows, 0.1) - std::numeric_limits<double>::infinity(),
               "the gradient of '0.0.weight' is not finite at step 1");
    CHECK(std::isfinite(learning.step(labels, 0.1)));
    CHECK(learning.problem().empty());
    CHECK(std::isnan(learning.step(labels, 1e300)));
    CHECK(learning.problem() == "'0.0.weight' is not finite after step 2");
}

TEST_CASE("all memory is taken when a trainer is made, and it is what the constant says") {
    const auto check = []<training Options>() {
        const long long before = allocated_bytes;
        trainer<net, Options> learning(3);
        const long long values = allocated_bytes - before;
        CHECK(values >= learning.memory_bytes);
        CHECK(values < learning.memory_bytes + 100'000);  // what is noted of calls and channels
        random_numbers random(4);
        const std::vector<int> labels = put_pictures(learning, 13, random);
        learning.step(labels, 0.1);
        const long long allocated = allocations;
        for (int i = 0; i < 3; ++i) learning.step(labels, 0.1);
        CHECK(allocations == allocated);
    };
    check.operator()<training{.batch = 13, .threads = 2}>();
    check.operator()<training{.batch = 64, .storage = storage::f16}>();
    check.operator()<training{.batch = 13, .trains_from = "4", .average = 0.9}>();
}

TEST_CASE("a checkpoint goes on bit for bit, and another training's is refused") {
    trainer<net, training{.batch = 8}> learning(3);
    random_numbers random(4);
    const std::vector<int> labels = put_pictures(learning, 8, random);
    learning.step(labels, 0.1);
    const std::vector<std::uint64_t> numbers{7, ~0ULL};
    const std::vector<std::byte> checkpoint = learning.checkpoint(numbers);
    learning.step(labels, 0.1);

    trainer<net, training{.batch = 8}> other(9);
    put_pictures(other, 8, random = random_numbers(4));
    const auto read = other.resume(checkpoint, "c", 2);
    REQUIRE(read);
    CHECK(*read == numbers);
    other.step(labels, 0.1);
    CHECK(std::memcmp(other.parameters().data(), learning.parameters().data(),
                      other.parameters().size_bytes()) == 0);

    trainer<net, training{.batch = 8, .storage = storage::f16}> half(3);
    CHECK(half.resume(checkpoint, "c", 2).error() ==
          "c: is a checkpoint of a training that stores what lies between otherwise (plait.training.bytes is "
          "4 where 2 "
          "was expected)");
    std::vector<std::byte> later = checkpoint;
    const std::string name = "plait.training.version";
    const auto text = std::search(later.begin(), later.end(), name.begin(), name.end(),
                                  [](std::byte a, char b) { return static_cast<char>(a) == b; });
    REQUIRE(text != later.end());
    *(text + 15) = std::byte{'V'};
    CHECK(other.resume(later, "c", 2).error() ==
          "c: is no checkpoint of a training: tensor 'plait.training.version' is missing");
}

TEST_CASE("losses and their gradients") {
    std::vector<float> logits{1, -2, 0.5F, 3, 0, 1.5F};
    std::vector<float> teacher{0, 1, 2, -1, 0.25F, 0};
    std::vector<float> gradient(6);
    const std::vector<int> labels{2, 0};
    const channel_rows<float> rows{logits.data(), 2};
    const channel_rows<float> others{teacher.data(), 2};
    const channel_rows<float> given{gradient.data(), 2};
    const auto holds = [&](auto loss) {
        loss();
        const std::vector<float> found = gradient;
        for (std::size_t i = 0; i < logits.size(); ++i) {
            const float before = logits[i];
            logits[i] = before + 0x1p-7F;
            const double above = loss();
            logits[i] = before - 0x1p-7F;
            const double below = loss();
            logits[i] = before;
            CHECK(double{found[i]} == doctest::Approx((above - below) * 64).epsilon(1e-3));
        }
    };
    holds([&] { return cross_entropy(rows, 3, labels, 0.1, given, 2); });
    holds([&] { return squared_error(rows, others, 3, 2, given, 2); });
    holds([&] { return distilled_cross_entropy({}, rows, others, 3, labels, 0.1, given, 2); });
    CHECK(distilled_cross_entropy({.share = 1}, rows, rows, 3, labels, 0, given, 2) == doctest::Approx(0));
}

TEST_CASE("dropout and stochastic depth keep the mean, and drop the same again") {
    using dropping = network<shape{2, 8, 8}, dropout{.probability = 0.25},
                             stochastic_depth{.probability = 0.5}, conv{.out = 1, .after = affine::none}>;
    trainer<dropping, training{.batch = 64}> learning(5);
    for (float& weight : learning.parameters()) weight = 0.5F;
    std::fill_n(learning.run_of(dropping::written.input, 0), 64 * 64, 1.0F);
    std::fill_n(learning.run_of(dropping::written.input, 1), 64 * 64, 1.0F);
    const auto made = [&] {
        learning.forward(64);
        std::vector<float> values(padded_pixels(64 * 64));
        learning.read(dropping::written.outputs[0], 0, 64, {values.data(), padded_pixels(64 * 64)});
        return values;
    };
    const std::vector<float> values = made();
    int whole = 0;
    double sum = 0;
    for (int n = 0; n < 64; ++n) {
        const auto first = values.begin() + n * 64;
        whole += std::all_of(first, first + 64, [](float x) { return x == 0; });
        sum += std::accumulate(first, first + 64, 0.0);
    }
    CHECK(whole > 16);
    CHECK(whole < 48);
    CHECK(sum / (64 * 64) == doctest::Approx(1).epsilon(0.3));
    CHECK(values == made());
}

TEST_CASE("rates") {
    CHECK(schedule{.rate = 0.2, .steps = 100}.rate_at(50) == doctest::Approx(0.1));
    CHECK(schedule{.rate = 0.2, .steps = 100, .warm_up = 10}.rate_at(4) == doctest::Approx(0.1));
    CHECK(schedule{.by = schedule::form::linear, .rate = 0.2, .steps = 100}.rate_at(75) ==
          doctest::Approx(0.05));
    CHECK(schedule{.by = schedule::form::steps, .rate = 1, .steps = 100, .every = 30}.rate_at(60) ==
          doctest::Approx(0.01));
    CHECK(schedule{.by = schedule::form::one_cycle, .rate = 1, .steps = 100}.rate_at(30) ==
          doctest::Approx(1));
}

TEST_CASE("rates with a warm-up begin above zero, and none is negative or above the highest") {
    using form = schedule::form;
    for (const form by : {form::constant, form::steps, form::cosine, form::linear, form::one_cycle})
        for (const long long warm_up : {0LL, 1LL, 7LL})
            for (const long long steps : {7LL, 8LL, 50LL}) {
                const schedule rates{.by = by, .rate = 0.3, .steps = steps, .warm_up = warm_up, .every = 3};
                double most = 0;
                for (long long i = 0; i < steps; ++i) {
                    CHECK(rates.rate_at(i) > 0);
                    most = std::max(most, rates.rate_at(i));
                }
                CHECK(most <= 0.3 * (1 + 1e-12));
                if (warm_up > 0)
                    CHECK(rates.rate_at(0) == doctest::Approx(0.3 / static_cast<double>(warm_up)));
            }
}

namespace {

constexpr shape small{1, 6, 5};

std::vector<float> augmented(const drawn_augmentation& drawn) {
    std::vector<float> made(static_cast<std::size_t>(small.elements()));
    put_augmented(
        drawn, [](int, int y, int x) { return 10 * y + x + 1; },
        map_writer<small>(std::span<float, small.elements()>(made)));
    return made;
}

}  // namespace

TEST_CASE("a picture is cropped out of zeros, turned and cut out of as it was drawn") {
    drawn_augmentation drawn;
    drawn.down = 2;
    drawn.right = -1;
    drawn.is_flipped = true;
    drawn.cut_top = 1;
    drawn.cut_left = -1;
    drawn.cut_side = 3;
    const std::vector<float> made = augmented(drawn);
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 5; ++x) {
            const int from_y = y + 2;
            const int from_x = 4 - x - 1;
            const bool is_cut = y >= 1 && y < 4 && x < 2;
            const bool is_outside = from_y > 5 || from_x < 0;
            CHECK(made[static_cast<std::size_t>(5 * y + x)] ==
                  (is_cut || is_outside ? 0 : static_cast<float>(10 * from_y + from_x + 1)));
        }
}

TEST_CASE("what is drawn for a picture depends on seed, epoch and picture alone, and covers all there is") {
    using flips = augmentation::flips;
    const augmentation alternating{.crop_padding = 2, .flip = flips::alternating, .cut_out = 4};
    int flipped = 0;
    std::array<int, 5> downs{};
    for (int i = 0; i < 1000; ++i) {
        const drawn_augmentation first(alternating, small, 5, 0, i);
        const drawn_augmentation again(alternating, small, 5, 0, i);
        const drawn_augmentation next(alternating, small, 5, 1, i);
        CHECK(augmented(first) == augmented(again));
        CHECK(first.is_flipped != next.is_flipped);
        CHECK(first.cut_side == 4);
        flipped += first.is_flipped;
        REQUIRE(std::abs(first.down) <= 2);
        ++downs[static_cast<std::size_t>(first.down + 2)];
    }
    CHECK(flipped > 400);
    CHECK(flipped < 600);
    for (const int count : downs) CHECK(count > 130);
    const drawn_augmentation none(augmentation::none(), small, 5, 3, 8);
    CHECK(augmented(none) == augmented({}));

    std::vector<int> order(1000);
    std::vector<int> other(1000);
    shuffle_pictures(5, 0, order);
    shuffle_pictures(5, 1, other);
    CHECK(order != other);
    std::sort(order.begin(), order.end());
    for (int i = 0; i < 1000; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}
