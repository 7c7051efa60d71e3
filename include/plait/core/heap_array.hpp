// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>

#include "plait/core/target.hpp"

namespace plait::inline PLAIT_TARGET {

/// Values on the heap, as many as it was made with: for units of several instruction sets, which would share
/// the functions of a standard vector.
template <class T>
class heap_array {
public:
    heap_array() = default;
    explicit heap_array(int size, T value = {})
        : size_(size), values_(new T[static_cast<std::size_t>(size)]) {
        for (T& each : *this) each = value;
    }
    heap_array(const heap_array& other) : heap_array(other.size_) {
        for (int i = 0; i < size_; ++i) (*this)[i] = other[i];
    }
    heap_array(heap_array&&) = default;
    heap_array& operator=(const heap_array& other) {
        if (this != &other) *this = heap_array(other);
        return *this;
    }
    heap_array& operator=(heap_array&&) = default;
    ~heap_array() = default;

    int size() const { return size_; }
    T* begin() { return values_.get(); }
    T* end() { return values_.get() + size_; }
    const T* data() const { return values_.get(); }
    T& operator[](int i) { return values_.get()[i]; }
    const T& operator[](int i) const { return values_.get()[i]; }

private:
    int size_ = 0;
    std::unique_ptr<T[]> values_;
};

}  // namespace plait::inline PLAIT_TARGET
