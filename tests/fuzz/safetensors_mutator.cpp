// SPDX-License-Identifier: BSD-3-Clause
// Changes a safetensors file's header or its data and keeps the header's length true, which random changes do
// not; every eighth change is a random one.
#include <algorithm>
#include <cstring>
#include <vector>

#include "fuzz.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t room);

namespace {

constexpr std::size_t length_bytes = 8;

std::size_t header_bytes(const std::uint8_t* data, std::size_t size) {
    std::uint64_t length = 0;
    std::memcpy(&length, data, length_bytes);
    return static_cast<std::size_t>(std::min<std::uint64_t>(length, size - length_bytes));
}

std::size_t mutate_header(std::uint8_t* data, std::size_t size, std::size_t room) {
    std::uint8_t* const header = data + length_bytes;
    const std::size_t length = header_bytes(data, size);
    const std::vector<std::uint8_t> tensors(header + length, data + size);
    const std::uint64_t made = LLVMFuzzerMutate(header, length, room - length_bytes - tensors.size());
    std::copy(tensors.begin(), tensors.end(), header + made);
    std::memcpy(data, &made, length_bytes);
    return length_bytes + static_cast<std::size_t>(made) + tensors.size();
}

std::size_t mutate_tensors(std::uint8_t* data, std::size_t size, std::size_t room) {
    const std::size_t begin = length_bytes + header_bytes(data, size);
    return begin + LLVMFuzzerMutate(data + begin, size - begin, room - begin);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                               unsigned seed) {
    if (size <= length_bytes || size >= room || seed % 8 == 0) return LLVMFuzzerMutate(data, size, room);
    return seed % 8 < 6 ? mutate_header(data, size, room) : mutate_tensors(data, size, room);
}
