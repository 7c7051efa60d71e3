// SPDX-License-Identifier: BSD-3-Clause
// A NumPy file, read, written and read again.
#include <cstring>
#include <filesystem>

#include "../io/scratch_folder.hpp"
#include "fuzz.hpp"
#include "plait/io/npy.hpp"

using namespace plait;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const scratch_folder folder;
    const std::span bytes = std::as_bytes(std::span(data, size));
    const std::filesystem::path path = folder.write("array.npy", bytes);
    const auto array = read_npy(path);
    if (!array) {
        expect_sentence(array.error(), path.string());
        return 0;
    }
    std::size_t elements = 1;
    for (const std::size_t dimension : array->shape()) elements *= dimension;
    expect(elements > 0 && elements == array->size(), "an array has as many values as its shape");
    expect(elements * sizeof(float) <= size, "no value comes from beyond the file");

    expect(bool(write_npy(path, *array)), "an array is written");
    const auto again = read_npy(path);
    expect(again && again->shape() == array->shape(), "an array is read as it was written");
    expect(std::memcmp(again->data(), array->data(), elements * sizeof(float)) == 0,
           "values are read as they were written");
    return 0;
}
