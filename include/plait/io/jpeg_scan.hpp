// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plait/core/target.hpp"
#include "plait/io/encoded_picture.hpp"

// Reads the codes of a JPEG's scan (ITU-T T.81, F.2.2 and G.2) and forgets them, to see that all are there.
// Decoders fill in zeros where a scan ends before its picture does.

namespace plait::inline PLAIT_TARGET::detail {

/// Entropy-coded bytes up to the next marker, bit by bit.
class jpeg_bits {
public:
    jpeg_bits(const encoded_picture& jpeg, std::size_t begin) : jpeg_(jpeg), at_(begin) {}

    /// The next 16 bits; zeros where there are no more.
    std::uint32_t next16() {
        if (held_ < 16) fill();
        return static_cast<std::uint32_t>(bits_ >> 48);
    }

    void skip(int count) {
        bits_ <<= count;
        held_ -= count;
    }

    /// As a number; at most 16.
    std::uint32_t take(int count) {
        const std::uint32_t number = next16() >> (16 - count);
        skip(count);
        return number;
    }

    /// Whether more bits were taken than there are.
    bool is_exhausted() const { return held_ < 0; }

    /// Goes on behind a restart marker, which must come before another whole byte.
    bool restart() {
        fill();
        const std::uint32_t marker = jpeg_.at(at_);
        if (!is_at_marker_ || held_ < 0 || held_ >= 8 || marker < 0xd0 || marker > 0xd7) return false;
        ++at_;
        is_at_marker_ = false;
        bits_ = 0;
        held_ = 0;
        return true;
    }

private:
    void fill() {
        while (held_ <= 48 && !is_at_marker_) {
            std::uint64_t byte = jpeg_.at(at_++);
            if (byte == 0xff) {
                while (jpeg_.at(at_) == 0xff) ++at_;
                is_at_marker_ = jpeg_.at(at_) != 0;
                if (!is_at_marker_) ++at_;
            }
            if (at_ > jpeg_.size()) is_at_marker_ = true;
            if (is_at_marker_) return;
            bits_ |= byte << (56 - held_);
            held_ += 8;
        }
    }

    const encoded_picture& jpeg_;
    std::size_t at_;
    std::uint64_t bits_ = 0;
    int held_ = 0;
    bool is_at_marker_ = false;  ///< then `at_` is its code
};

/// Canonical codes of up to 16 bits (T.81, annex C).
class jpeg_huffman_table {
public:
    bool is_defined() const { return is_defined_; }

    /// From 16 counts, at `counts`, and the symbols behind them. False if there are more than such codes can
    /// be.
    bool define(const encoded_picture& jpeg, std::size_t counts) {
        std::size_t symbols = 0;
        std::uint32_t code = 0;
        short_codes_.fill(0);
        for (int length = 1; length <= 16; ++length) {
            first_symbols_[length] = static_cast<int>(symbols) - static_cast<int>(code);
            for (std::uint32_t left = jpeg.at(counts + static_cast<std::size_t>(length) - 1); left > 0;
                 --left) {
                if (symbols == symbols_.size() || code >> length != 0) return false;
                symbols_[symbols] = static_cast<std::uint8_t>(jpeg.at(counts + 16 + symbols));
                if (length <= short_length) define_short(code, length, symbols_[symbols]);
                ++symbols;
                ++code;
            }
            ends_[length] = code << (16 - length);
            code <<= 1;
        }
        is_defined_ = true;
        return true;
    }

    /// The next symbol; negative where there is no such code.
    int read(jpeg_bits& bits) const {
        const std::uint32_t next = bits.next16();
        const int known = short_codes_[next >> (16 - short_length)];
        if (known != 0) {
            bits.skip(known >> 8);
            return known & 255;
        }
        for (int length = short_length + 1; length <= 16; ++length) {
            if (next >= ends_[length]) continue;
            bits.skip(length);
            return symbols_[static_cast<std::size_t>(static_cast<int>(next >> (16 - length)) +
                                                     first_symbols_[length])];
        }
        return -1;
    }

private:
    static constexpr int short_length = 9;

    void define_short(std::uint32_t code, int length, std::uint8_t symbol) {
        const std::size_t begin = std::size_t{code} << (short_length - length);
        const std::size_t count = std::size_t{1} << (short_length - length);
        std::fill_n(short_codes_.begin() + static_cast<std::ptrdiff_t>(begin), count,
                    static_cast<std::uint16_t>(length << 8 | symbol));
    }

    bool is_defined_ = false;
    std::array<std::uint16_t, 1 << short_length> short_codes_{};  ///< length and symbol; 0: none
    int first_symbols_[17] = {};                                  ///< of each length, less its first code
    std::uint32_t ends_[17] = {};                                 ///< of each length's codes, at 16 bits
    std::array<std::uint8_t, 256> symbols_{};
};

struct jpeg_component {
    static constexpr int nothing_yet = -1;

    jpeg_component() { lowest_bit.fill(nothing_yet); }

    bool is_begun() const { return lowest_bit[0] != nothing_yet; }

    std::uint32_t id = 0;
    int across = 1;  ///< blocks in a unit of several components
    int down = 1;
    std::uint32_t quantisation = 0;
    int blocks_across = 0;  ///< that have pixels
    int blocks_down = 0;
    int row = 0;  ///< blocks in a row, those without pixels too
    std::size_t blocks = 0;
    /// For each coefficient, the lowest bit that scans have brought; `nothing_yet` before.
    std::array<int, 64> lowest_bit;
    /// Of a progressive picture, for each block a bit for each coefficient that is not 0.
    std::vector<std::uint64_t> coefficients;
};

struct jpeg_frame {
    bool is_progressive = false;
    int units_across = 0;
    int units_down = 0;
    std::vector<jpeg_component> components;
};

/// A component in a scan, with its tables.
struct jpeg_scanned {
    jpeg_component* component;
    const jpeg_huffman_table* dc;
    const jpeg_huffman_table* ac;
};

struct jpeg_scan {
    bool is_progressive = false;
    int first = 0;  ///< coefficient in zigzag order
    int last = 63;
    int high = 0;  ///< the bit that was brought before; 0: none was
    int low = 0;   ///< the bit that this scan brings
    std::vector<jpeg_scanned> components;

    bool needs_dc() const { return !is_progressive || (first == 0 && high == 0); }
    bool needs_ac() const { return !is_progressive || first > 0; }
};

class jpeg_scan_reader {
public:
    jpeg_scan_reader(const encoded_picture& jpeg, std::size_t begin, const jpeg_scan& scan)
        : bits_(jpeg, begin), scan_(scan) {}

    /// Whether the scan has all blocks of its picture, with a restart after so many units; 0: none.
    const char* fault(const jpeg_frame& frame, std::uint32_t restart_interval) {
        const bool is_interleaved = scan_.components.size() > 1;
        const jpeg_component& only = *scan_.components[0].component;
        const int across = is_interleaved ? frame.units_across : only.blocks_across;
        const int down = is_interleaved ? frame.units_down : only.blocks_down;
        std::uint32_t units = 0;
        for (int y = 0; y < down; ++y) {
            for (int x = 0; x < across; ++x) {
                if (restart_interval > 0 && units == restart_interval) {
                    if (!bits_.restart()) return is_damaged;
                    units = 0;
                    empty_blocks_ = 0;
                }
                ++units;
                const bool is_sound = is_interleaved ? unit(x, y) : block(scan_.components[0], x, y);
                if (bits_.is_exhausted()) return is_truncated;
                if (!is_sound) return is_damaged;
            }
        }
        return no_fault;
    }

private:
    bool unit(int x, int y) {
        for (const jpeg_scanned& each : scan_.components) {
            const int across = each.component->across;
            const int down = each.component->down;
            for (int i = 0; i < across * down; ++i) {
                if (!block(each, x * across + i % across, y * down + i / across)) return false;
            }
        }
        return true;
    }

    bool block(const jpeg_scanned& of, int x, int y) {
        if (!scan_.is_progressive) return dc(of) && sequential_ac(of);
        if (scan_.first == 0 && scan_.high == 0) return dc(of);
        if (scan_.first == 0) return bits_.take(1), true;
        std::uint64_t& coefficients =
            of.component
                ->coefficients[static_cast<std::size_t>(y) * static_cast<std::size_t>(of.component->row) +
                               static_cast<std::size_t>(x)];
        return scan_.high == 0 ? first_ac(of, coefficients) : refined_ac(of, coefficients);
    }

    bool dc(const jpeg_scanned& of) {
        const int size = of.dc->read(bits_);
        if (size < 0 || size > 15) return false;
        bits_.take(size);
        return true;
    }

    bool sequential_ac(const jpeg_scanned& of) {
        for (int i = 1; i < 64; ++i) {
            const int symbol = of.ac->read(bits_);
            if (symbol < 0) return false;
            const int size = symbol & 15;
            if (size == 0 && symbol != sixteen_zeros) return true;
            i += symbol >> 4;
            if (i > 63) return size == 0;
            bits_.take(size);
        }
        return true;
    }

    bool first_ac(const jpeg_scanned& of, std::uint64_t& coefficients) {
        if (empty_blocks_ > 0) return --empty_blocks_, true;
        for (int i = scan_.first; i <= scan_.last; ++i) {
            const int symbol = of.ac->read(bits_);
            if (symbol < 0) return false;
            const int zeros = symbol >> 4;
            const int size = symbol & 15;
            if (size == 0 && zeros < 15) {
                empty_blocks_ = (1 << zeros) + static_cast<int>(bits_.take(zeros)) - 1;
                return true;
            }
            i += zeros;
            if (size == 0) continue;
            if (i > scan_.last || size + scan_.low > 15) return false;
            bits_.take(size);
            coefficients |= bit(i);
        }
        return true;
    }

    bool refined_ac(const jpeg_scanned& of, std::uint64_t& coefficients) {
        int i = scan_.first;
        while (empty_blocks_ == 0 && i <= scan_.last) {
            const int symbol = of.ac->read(bits_);
            const int size = symbol & 15;
            if (symbol < 0 || size > 1) return false;
            int zeros = symbol >> 4;
            if (size == 0 && zeros < 15) {
                empty_blocks_ = (1 << zeros) + static_cast<int>(bits_.take(zeros));
                break;
            }
            bits_.take(size);
            // A bit for each coefficient on the way, up to the zero that becomes one.
            while (i <= scan_.last && ((coefficients & bit(i)) != 0 || zeros-- > 0)) {
                if ((coefficients & bit(i)) != 0) bits_.take(1);
                ++i;
            }
            if (size == 1 && i > scan_.last) return false;
            if (size == 1) coefficients |= bit(i);
            ++i;
        }
        if (empty_blocks_ > 0) {
            refine(i, coefficients);
            --empty_blocks_;
        }
        return true;
    }

    /// A bit for each coefficient from `i` on.
    void refine(int i, std::uint64_t coefficients) {
        if (i > scan_.last) return;
        const std::uint64_t rest = coefficients >> i & (~std::uint64_t{0} >> (63 - (scan_.last - i)));
        for (int left = std::popcount(rest); left > 0; left -= 16) bits_.take(std::min(left, 16));
    }

    static constexpr int sixteen_zeros = 0xf0;
    static std::uint64_t bit(int i) { return std::uint64_t{1} << i; }

    jpeg_bits bits_;
    const jpeg_scan& scan_;
    int empty_blocks_ = 0;  ///< that have no more coefficients, T.81's EOBRUN
};

}  // namespace plait::inline PLAIT_TARGET::detail
