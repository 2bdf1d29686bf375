// Which way a convolution is computed: directly, or by Winograd's short convolutions where these are quicker.
//
// The option "way" takes the choice from the rule, for benchmarks: 1 is direct, 2 is Winograd where a shape has it.
#pragma once

#include <optional>

#include "conv_gather.hpp"
#include "conv_scatter.hpp"
#include "conv_weights.hpp"
#include "winograd.hpp"

namespace chainrule {

struct ConvWay {
    ConvShape shape;
    bool winograd;

    template <class T>
    static ConvWay of(const ConvShape& shape, const Options& options) {
        const Index way = options.whole("way", 0);
        return {shape, way == 0 ? prefers_winograd<T>(shape) : way == 2 && has_winograd(shape)};
    }
};

// conv_gather.hpp
template <class T>
class LargeToSmall {
public:
    explicit LargeToSmall(const ConvWay& way) : direct_(way.shape) {
        if (way.winograd) winograd_.emplace(way.shape, false);
    }
    void reserve(Plan& plan) {
        if (winograd_) winograd_->reserve(plan);
        else direct_.reserve(plan);
    }
    Index prepare_parts() const { return winograd_ ? winograd_->prepare_parts() : direct_.prepare_parts(); }
    void prepare(const Run<T>& run, const T* W, Index part) const {
        if (winograd_) winograd_->prepare(run, W, part);
        else direct_.prepare(run, W, part);
    }
    void operator()(const Run<T>& run, const T* W, const T* bias, const T* large, T* small) const {
        if (winograd_) (*winograd_)(run, bias, large, small);
        else direct_(run, W, bias, large, small);
    }

private:
    ConvGather<T> direct_;
    std::optional<WinogradProduct<T>> winograd_;
};

// conv_scatter.hpp
template <class T>
class SmallToLarge {
public:
    explicit SmallToLarge(const ConvWay& way) : direct_(way.shape) {
        if (way.winograd) winograd_.emplace(way.shape, true);
    }
    void reserve(Plan& plan) {
        if (winograd_) winograd_->reserve(plan);
        else direct_.reserve(plan);
    }
    Index prepare_parts() const { return winograd_ ? winograd_->prepare_parts() : direct_.prepare_parts(); }
    void prepare(const Run<T>& run, const T* W, Index part) const {
        if (winograd_) winograd_->prepare(run, W, part);
        else direct_.prepare(run, W, part);
    }
    void operator()(const Run<T>& run, const T* bias, const T* small, T* large) const {
        if (winograd_) (*winograd_)(run, bias, small, large);
        else direct_(run, bias, small, large);
    }

private:
    ConvScatter<T> direct_;
    std::optional<WinogradProduct<T>> winograd_;
};

// conv_weights.hpp
template <class T>
class KernelGradient {
public:
    explicit KernelGradient(const ConvWay& way) : direct_(way.shape) {
        if (way.winograd) winograd_.emplace(way.shape);
    }
    void reserve(Plan& plan) {
        if (winograd_) winograd_->reserve(plan);
        else direct_.reserve(plan);
    }
    bool by_chunks() const { return winograd_ ? winograd_->by_chunks() : direct_.by_chunks(); }
    Index sums() const { return winograd_ ? winograd_->sums() : direct_.sums(); }
    void operator()(const Run<T>& run, const T* large, const T* small, Index images, T* sum, bool begins) const {
        if (winograd_) (*winograd_)(run, large, small, images, sum, begins);
        else direct_(run, large, small, images, sum, begins);
    }
    Index parts() const { return winograd_ ? winograd_->parts() : direct_.parts(); }
    void finish(const T* const* sums, Index chunks, T* dW, Index part) const {
        if (winograd_) winograd_->finish(sums, chunks, dW, part);
        else direct_.finish(sums, chunks, dW, part);
    }
    void whole(const Run<T>& run, const T* large, const T* small, T* dW, Index from, Index to) const {
        if (winograd_) winograd_->whole(run, large, small, dW, from, to);
        else direct_.whole(run, large, small, dW, from, to);
    }

private:
    ConvWeights<T> direct_;
    std::optional<WinogradWeights<T>> winograd_;
};

}  // namespace chainrule
