// The random numbers of core/philox.hpp, core/normal.hpp and core/permutation.hpp against those of chainrule/random.py,
// whose words are NumPy's Philox. Long sequences are compared by their FNV-1a hash, a word at a time; and any part of a
// sequence is what the whole has there.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "core/normal.hpp"
#include "core/permutation.hpp"

using namespace chainrule;

namespace {

int failures = 0;

void expect(bool right, const char* what) {
    if (!right) ++failures, std::printf("wrong: %s\n", what);
}

template <class Numbers>
std::uint64_t hash(const Numbers& numbers) {
    std::uint64_t h = 0xCBF29CE484222325;
    for (auto number : numbers) h = (h ^ static_cast<std::uint64_t>(number)) * 0x100000001B3;
    return h;
}

const Philox order(7, Purpose::order, 0, 0), noise(3, Purpose::noise, 1, 12);
// The largest seed and index, and a step from where the calls outside of training are counted.
const Philox last(UINT64_MAX, Purpose::noise, UINT32_MAX, (std::uint64_t{1} << 63) + 5);

std::vector<std::uint64_t> words(const Philox& stream, std::uint64_t first_block, Index n_blocks) {
    std::vector<std::uint64_t> drawn(n_blocks * Philox::words_a_block);
    stream.blocks(first_block, n_blocks, drawn.data());
    return drawn;
}

std::vector<std::uint8_t> mask(const Philox& stream, std::uint64_t first, Index n, double rate) {
    std::vector<std::uint8_t> kept(n);
    draw_mask(stream, first, n, rate, kept.data());
    return kept;
}

std::vector<double> normal(const Philox& stream, std::uint64_t first, Index n) {
    std::vector<double> Z(n);
    draw_normal(stream, first, n, Z.data());
    return Z;
}

std::vector<std::int64_t> permuted(const Philox& stream, Index n) {
    std::vector<std::int64_t> numbers(n);
    permutation(stream, n, numbers.data());
    return numbers;
}

template <class Number>
bool is_part(const std::vector<Number>& part, const std::vector<Number>& whole, std::size_t first) {
    return std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(first));
}

void test_words() {
    const std::vector<std::uint64_t> nine{0x944A64062C8A7695, 0x8795CCEA7EBEE116, 0xCBCC4CFBABE27709,
                                          0x5CF8FB9A7EBECFD6, 0x7C0BA4B6F7940A78, 0x717F4CFE044B5EBE,
                                          0x800E3009BAC42FAD, 0xAC81E4DF6A4AF691, 0xD396D8DF62FC60BF};
    expect(is_part(nine, words(order, 0, 3), 0), "the first words");
    const std::vector<std::uint64_t> whole = words(last, 0, 250);
    expect(hash(whole) == 0xA9F0F3E2B1D385F9, "a thousand words");
    for (Index n_blocks : {1, 7, 8, 9, 16, 17, 40})
        for (std::uint64_t first : {0, 1, 13, 100})
            expect(is_part(words(last, first, n_blocks), whole, first * Philox::words_a_block), "a part of the words");
}

void test_masks() {
    std::string half, fifth;
    for (int kept : mask(noise, 0, 48, 0.5)) half += kept ? '1' : '0';
    for (int kept : mask(noise, 0, 48, 0.2)) fifth += kept ? '1' : '0';
    expect(half == "001010011010011100010001110100001011010100100010", "a mask of rate 0.5");
    expect(fifth == "001110111110011111111101111101011111011101111111", "a mask of rate 0.2");
    const std::vector<std::uint8_t> whole = mask(noise, 0, 5000, 0.3);
    expect(hash(whole) == 0xC4E719D3471D1B79, "a long mask");
    for (std::uint64_t first : {1, 7, 8, 511, 513, 3000})
        for (Index n : {1, 8, 505, 1100}) expect(is_part(mask(noise, first, n, 0.3), whole, first), "a part of a mask");

    // At 2⁻³³ and less the threshold rounds to 0, and all are kept; just below 1 it rounds to 2³², and none is.
    expect(hash(mask(noise, 0, 99, 0x1p-33)) == hash(std::vector<std::uint8_t>(99, 1)), "the least rate");
    expect(hash(mask(noise, 0, 99, 1 - 0x1p-53)) == hash(std::vector<std::uint8_t>(99, 0)), "the greatest rate");
}

void test_normal() {
    // From sines and cosines that need not round alike everywhere.
    constexpr double tolerance = 1e-14;
    const std::vector<double> six{-0.1927316080205612,   0.3058112584803249, -0.59810827924351,
                                  -0.04734431209986621, 1.0407600466631282, 0.1152957567820201};
    const std::vector<double> whole = normal(noise, 0, 100'000);
    for (std::size_t i = 0; i < six.size(); ++i)
        expect(std::abs(whole[i] - six[i]) <= tolerance * std::abs(six[i]), "the first normal numbers");
    for (std::uint64_t first : {1, 2, 3, 255, 258})
        for (Index n : {1, 3, 256, 1001}) expect(is_part(normal(noise, first, n), whole, first), "a part of them");

    double sum = 0, squares = 0;
    for (double z : whole) sum += z, squares += z * z;
    const double n = static_cast<double>(whole.size());
    expect(std::abs(sum / n) < 4 / std::sqrt(n), "their mean is 0");
    expect(std::abs(squares / n - 1) < 4 * std::sqrt(2 / n), "their variance is 1");
}

void test_permutations() {
    expect(permuted(order, 0).empty(), "nothing in random order");
    expect(permuted(order, 1) == std::vector<std::int64_t>{0}, "one number");
    expect(permuted(order, 5) == std::vector<std::int64_t>{3, 4, 1, 0, 2}, "five numbers");
    expect(permuted(order, 12) == std::vector<std::int64_t>{11, 9, 3, 5, 4, 6, 1, 0, 7, 2, 8, 10}, "twelve");
    const Philox epoch(11, Purpose::order, 0, 4);
    expect(hash(permuted(epoch, 768)) == 0xFFE4A882E33AA3FB, "768 numbers");
    expect(hash(permuted(epoch, 60'000)) == 0xD0EDC90726D4D57, "60,000 numbers");
}

}  // namespace

int main() {
    test_words();
    test_masks();
    test_normal();
    test_permutations();
    return failures == 0 ? 0 : 1;
}
