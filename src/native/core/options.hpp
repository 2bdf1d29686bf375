// The options of an operation, loss or optimizer: names with numbers, as Python sent them, looked at before use.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace chainrule {

// A description that no program can be made of. Python sees a ValueError: descriptions are made by our own lowering, so
// what fails here is a mistake of ours or a forgery, and never crashes.
struct DescriptionError : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

inline void require(bool true_or, const std::string& what) {
    if (!true_or) throw DescriptionError(what);
}
// For plain words no string is made before it is needed.
inline void require(bool true_or, const char* what) {
    if (!true_or) throw DescriptionError(what);
}

class Options {
public:
    Options() = default;
    explicit Options(std::map<std::string, std::vector<double>> values) : values_(std::move(values)) {}

    bool has(const std::string& name) const { return values_.count(name) > 0; }

    const std::vector<double>& numbers(const std::string& name) const {
        auto found = values_.find(name);
        require(found != values_.end(), "the option " + name + " is missing");
        return found->second;
    }
    double number(const std::string& name) const {
        const auto& list = numbers(name);
        require(list.size() == 1, "the option " + name + " is not one number");
        return list[0];
    }
    double number(const std::string& name, double otherwise) const { return has(name) ? number(name) : otherwise; }
    bool flag(const std::string& name, bool otherwise = false) const {
        return has(name) ? number(name) != 0 : otherwise;
    }
    std::int64_t whole(const std::string& name) const {
        double value = number(name);
        require(std::floor(value) == value && std::abs(value) < 9e15, "the option " + name + " is no whole number");
        return static_cast<std::int64_t>(value);
    }
    std::int64_t whole(const std::string& name, std::int64_t otherwise) const {
        return has(name) ? whole(name) : otherwise;
    }

private:
    std::map<std::string, std::vector<double>> values_;
};

}  // namespace chainrule
