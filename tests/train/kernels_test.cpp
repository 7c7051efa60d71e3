// SPDX-License-Identifier: BSD-3-Clause
// What training is made of, against plain loops, of awkward sizes.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "plait/core/aligned_memory.hpp"
#include "plait/core/half.hpp"
#include "plait/core/random.hpp"
#include "plait/kernels/columns.hpp"
#include "plait/kernels/matrix_product.hpp"
#include "plait/kernels/stored_run.hpp"
#include "plait/kernels/window_runs.hpp"

using namespace plait;

namespace {

/// Aligned values between -1 and 1.
aligned_memory<float> drawn(long long count, random_numbers& random) {
    auto values = make_aligned<float>(count);
    for (long long i = 0; i < count; ++i)
        values[static_cast<std::size_t>(i)] = static_cast<float>(random.uniform(-1, 1));
    return values;
}

bool near(float found, double expected) {
    return std::isfinite(found) && std::abs(static_cast<double>(found) - expected) < 2e-4;
}

constexpr int sizes[]{1, native_lanes - 1, native_lanes, native_lanes + 1, 2 * native_lanes + 3, 100};

}  // namespace

TEST_CASE("floats are stored as halves as the scalar rounding says, and no number stays none") {
    std::uint32_t state = 1;
    for (int turn = 0; turn < 2000; ++turn) {
        alignas(cache_line_bytes) float values[native_lanes];
        for (float& value : values) {
            state = state * 1664525U + 1013904223U;
            // All there is; infinities and NaNs; what halves are near to, normal, subnormal and half way.
            const std::uint32_t exponent = 101 + (state >> 8U) % 44;  // 2^-26 to 2^17
            const std::uint32_t near = (state & 0x807f'ffffU) | exponent << 23U;
            const std::uint32_t tie = (near & 0xffff'e000U) | 0x1000U;
            value = std::bit_cast<float>(turn % 4 == 0   ? state | 0x7f80'0000U
                                         : turn % 4 == 1 ? near
                                         : turn % 4 == 2 ? tie
                                                         : state);
        }
        half stored[native_lanes];
        const auto kept = simd::store_stored(stored, simd::load(values));
        alignas(cache_line_bytes) float read[native_lanes];
        alignas(cache_line_bytes) float returned[native_lanes];
        simd::store(read, simd::load_stored(stored));
        simd::store(returned, kept);
        for (int i = 0; i < native_lanes; ++i) {
            const float expected = half::nearest(values[i]).value();
            if (std::isnan(values[i])) {
                CHECK(std::isnan(read[i]));
                CHECK(std::isnan(returned[i]));
                CHECK(std::isnan(expected));
                continue;
            }
            CHECK(read[i] == expected);
            CHECK(returned[i] == expected);
        }
    }
}

TEST_CASE("sums of lanes, and lanes in turn") {
    using vector = simd::batch<float>;
    vector rows[native_lanes];
    for (int i = 0; i < native_lanes; ++i) {
        alignas(cache_line_bytes) float values[native_lanes];
        for (int j = 0; j < native_lanes; ++j) values[j] = static_cast<float>(100 * i + j);
        rows[i] = simd::load(values);
    }
    vector first(0.0F);
    vector second(0.0F);
    simd::interleave(rows[0], rows[1], first, second);
    alignas(cache_line_bytes) float values[2 * native_lanes];
    simd::store(values, first);
    simd::store(values + native_lanes, second);
    for (int j = 0; j < 2 * native_lanes; ++j) CHECK(values[j] == static_cast<float>(j / 2 + 100 * (j % 2)));
    simd::store(values, simd::sums_of_lanes(rows));
    for (int i = 0; i < native_lanes; ++i)
        CHECK(values[i] ==
              static_cast<float>(100 * i * native_lanes + native_lanes * (native_lanes - 1) / 2));
}

TEST_CASE("products of matrices") {
    random_numbers random(1);
    for (const int rows : {1, 5, 6, 7, 13}) {
        for (const int inner : {1, 3, 4, 17}) {
            for (const int pixels : sizes) {
                const int pitch = padded_pixels(pixels) + 16;
                const auto matrix = drawn(rows * inner, random);
                const auto in = drawn(inner * pitch, random);
                const auto out = make_aligned<float>(rows * pitch);
                const auto packed = make_aligned<float>(detail::packed_matrix_size(rows, inner));
                detail::pack_matrix(matrix.get(), {.row = inner, .column = 1}, rows, inner, packed.get());
                asked_runs next(1);
                next.add(in.get(), 100);
                multiply(packed.get(), rows, inner, pixels, channel_rows<const float>{in.get(), pitch},
                         {out.get(), pitch}, next);
                CHECK(next.lines() == 0);
                for (int i = 0; i < rows; ++i) {
                    for (int p = 0; p < pixels; ++p) {
                        double expected = 0;
                        for (int k = 0; k < inner; ++k)
                            expected += static_cast<double>(matrix[static_cast<std::size_t>(i * inner + k)]) *
                                        static_cast<double>(in[static_cast<std::size_t>(k * pitch + p)]);
                        REQUIRE(near(out[static_cast<std::size_t>(i * pitch + p)], expected));
                    }
                }

                for (int i = 0; i < rows; ++i)
                    for (int p = pixels; p < padded_pixels(pixels); ++p)
                        out[static_cast<std::size_t>(i * pitch + p)] = 0;
                const auto sums = drawn(rows * inner, random);
                std::vector<float> before(sums.get(), sums.get() + rows * inner);
                add_products(pixels, channel_rows<const float>{out.get(), pitch}, rows,
                             channel_rows<const float>{in.get(), pitch}, inner, sums.get(),
                             {.row = inner, .column = 1}, next);
                for (int i = 0; i < rows; ++i) {
                    for (int k = 0; k < inner; ++k) {
                        double expected =
                            static_cast<double>(before[static_cast<std::size_t>(i * inner + k)]);
                        for (int p = 0; p < pixels; ++p)
                            expected += static_cast<double>(out[static_cast<std::size_t>(i * pitch + p)]) *
                                        static_cast<double>(in[static_cast<std::size_t>(k * pitch + p)]);
                        REQUIRE(near(sums[static_cast<std::size_t>(i * inner + k)], expected));
                    }
                }
            }
        }
    }
}

TEST_CASE("a window over runs, and both its gradients") {
    struct trial {
        window w;
        extent size;
    };
    const auto axis = [](int kernel, int stride, int before, int after, int dilation = 1) {
        return window_axis{
            .kernel = kernel, .stride = stride, .dilation = dilation, .before = before, .after = after};
    };
    std::vector<trial> trials;
    for (const int width : sizes) {
        trials.push_back({{axis(3, 1, 1, 1), axis(3, 1, 1, 1)}, {5, width}});
        trials.push_back({{axis(3, 2, 1, 1), axis(3, 2, 1, 1)}, {7, width}});
        trials.push_back({{axis(5, 1, 2, 2), axis(1, 2, 0, 0)}, {6, width}});
        trials.push_back({{axis(2, 3, 0, 1), axis(3, 3, 1, 2)}, {8, width}});
        trials.push_back({{axis(3, 1, 2, 2, 2), axis(3, 1, 2, 2, 2)}, {6, width}});
    }
    random_numbers random(2);
    for (const trial& t : trials) {
        const extent made{t.w.rows.outputs(t.size.height), t.w.columns.outputs(t.size.width)};
        constexpr int most = 3;
        const window_runs runs(t.w, t.size, made, most);
        const auto sums = make_aligned<float>(runs.reserved_for_sums());
        const auto spread = make_aligned<float>(runs.reserved_for_phases());
        const auto given = make_aligned<float>(runs.reserved_for_phases());
        for (const int count : {3, 1, 2}) {
            const int in_pixels = t.size.pixels();
            const int out_pixels = made.pixels();
            const auto in = drawn(count * in_pixels + 4 * native_lanes, random);
            const auto gradient = drawn(count * out_pixels + 4 * native_lanes, random);
            const auto weights = drawn(t.w.taps(), random);
            const auto out = make_aligned<float>(count * out_pixels + 4 * native_lanes);
            const auto of_in = make_aligned<float>(count * in_pixels + 4 * native_lanes);
            std::vector<float> of_weights(static_cast<std::size_t>(t.w.taps()));
            runs.spread([&](int i) { return simd::load_unaligned(in.get() + i); }, count, spread.get());
            runs.sum(weights.get(), spread.get(), count, sums.get());
            runs.narrow(sums.get(), count, out.get());

            std::fill_n(sums.get(), runs.reserved_for_sums(), 0.0F);
            runs.widen([&](int i) { return simd::load_unaligned(gradient.get() + i); }, count, sums.get());
            runs.add_products(sums.get(), spread.get(), count, of_weights.data());
            runs.give(weights.get(), sums.get(), count, given.get());
            runs.collect(given.get(), count, of_in.get());

            std::vector<double> expected_in(static_cast<std::size_t>(count * in_pixels));
            std::vector<double> expected_weights(of_weights.size());
            for (int b = 0; b < count; ++b) {
                for (int y = 0; y < made.height; ++y) {
                    for (int x = 0; x < made.width; ++x) {
                        const auto to = static_cast<std::size_t>(b * out_pixels + y * made.width + x);
                        double expected = 0;
                        for (int tap = 0; tap < t.w.taps(); ++tap) {
                            const int row = t.w.rows.read_by(y, tap / t.w.columns.kernel);
                            const int column = t.w.columns.read_by(x, tap % t.w.columns.kernel);
                            if (row < 0 || row >= t.size.height || column < 0 || column >= t.size.width)
                                continue;
                            const auto at =
                                static_cast<std::size_t>(b * in_pixels + row * t.size.width + column);
                            const auto which = static_cast<std::size_t>(tap);
                            expected += static_cast<double>(weights[which]) * static_cast<double>(in[at]);
                            expected_in[at] +=
                                static_cast<double>(weights[which]) * static_cast<double>(gradient[to]);
                            expected_weights[which] +=
                                static_cast<double>(in[at]) * static_cast<double>(gradient[to]);
                        }
                        REQUIRE(near(out[to], expected));
                    }
                }
            }
            for (std::size_t i = 0; i < expected_in.size(); ++i) REQUIRE(near(of_in[i], expected_in[i]));
            for (std::size_t i = 0; i < of_weights.size(); ++i)
                REQUIRE(near(of_weights[i], expected_weights[i]));
        }
    }
}

TEST_CASE("runs that are stored and read, and what they give back") {
    random_numbers random(3);
    for (const int count : {1, native_lanes - 1, native_lanes + 1, 600, 1030}) {
        const auto from = drawn(count + 64, random);
        const auto gradient = drawn(count + 64, random);
        const auto made = make_aligned<half>(count + 64);
        const auto kept = make_aligned<half>(count + 64);
        pair_of_sums sums;
        store_run(from.get(), 0.25F, count, made.get(), sums);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; ++i) {
            const auto y = static_cast<double>(made[static_cast<std::size_t>(i)].value());
            CHECK(std::abs(y - 0.25 - static_cast<double>(from[static_cast<std::size_t>(i)])) < 0.01);
            sum += y;
            squares += y * y;
        }
        CHECK(sums.first == doctest::Approx(sum).epsilon(1e-5));
        CHECK(sums.second == doctest::Approx(squares).epsilon(1e-5));

        const run_reading reads{.scale = 2, .offset = -0.5F, .low = 0, .high = 1, .clips = true};
        for (const bool is_first : {true, false}) {
            pair_of_sums given;
            double added = 0;
            double products = 0;
            std::vector<double> before;
            for (int i = 0; i < count; ++i)
                before.push_back(static_cast<double>(kept[static_cast<std::size_t>(i)].value()));
            contribute_run(reads, made.get(), gradient.get(), count, is_first, kept.get(), given);
            for (int i = 0; i < count; ++i) {
                const auto at = static_cast<std::size_t>(i);
                const float y = made[at].value();
                const float u = 2 * y - 0.5F;
                const double g = u > 0 && u < 1 ? static_cast<double>(gradient[at]) : 0;
                const auto now = static_cast<double>(kept[at].value());
                CHECK(std::abs(now - (is_first ? 0 : before[at]) - g) < 0.02);
                const double change = now - (is_first ? 0 : before[at]);
                added += change;
                products += change * static_cast<double>(y);
            }
            CHECK(given.first == doctest::Approx(added).epsilon(1e-4));
            CHECK(given.second == doctest::Approx(products).epsilon(1e-4));
        }
    }
}
