// Matrix products (core/gemm.hpp) and packing (core/pack.hpp), to the bit: every element is compared with its chain,
// written here as plainly as can be. So no cut into tiles, vectors or parts of K may change a bit.
//
// Arrays have no number to spare, so that a sanitizer sees any read beyond them; around C lie marks.
#include <cstdio>
#include <cstring>
#include <random>
#include <vector>

#include "core/gemm.hpp"

using namespace chainrule;

namespace {

int failures = 0;

template <class T>
std::vector<T> random_numbers(Index n, std::mt19937& bits) {
    std::normal_distribution<T> normal;
    std::vector<T> x(n);
    for (T& number : x) number = normal(bits);
    return x;
}

enum Start { nothing, bias, sum };
enum Form { direct, packed };

struct Case {
    Index M, N, K;
    bool transposed;  // A lies as (K, M)
    Index slack;      // between rows of A, B and C
    Start start;
    Form form;
};

template <class T>
void check(const Case& c, std::mt19937& bits) {
    const auto [M, N, K, transposed, slack, start, form] = c;
    const Index lda = (transposed ? M : K) + slack, ldb = N + slack, ldc = N + slack;
    const Index ars = transposed ? 1 : lda, acs = transposed ? lda : 1;
    const T mark = 77;
    const auto A = random_numbers<T>(transposed ? K * lda : M * lda, bits), b = random_numbers<T>(N, bits);
    const auto B = random_numbers<T>(K ? (K - 1) * ldb + N : 0, bits);
    auto C = start == sum ? random_numbers<T>(M * ldc, bits) : std::vector<T>(M * ldc, mark);
    for (Index i = 0; i < M; ++i)
        for (Index j = N; j < ldc; ++j) C[i * ldc + j] = mark;
    std::vector<T> expected = C;
    for (Index i = 0; i < M; ++i)
        for (Index j = 0; j < N; ++j) {
            T chain = start == nothing ? 0 : start == bias ? b[j] : C[i * ldc + j];
            for (Index k = 0; k < K; ++k) chain = multiply_add<T>(A[i * ars + k * acs], B[k * ldb + j], chain);
            expected[i * ldc + j] = chain;
        }

    const T* first = start == bias ? b.data() : nullptr;
    if (form == packed) {
        std::vector<T> P(packed_size<T>(K, N));
        pack(K, N, B.data(), ldb, 1, P.data());
        gemm_packed(M, N, K, A.data(), ars, acs, P.data(), C.data(), ldc, first, start == sum);
    } else {
        gemm(M, N, K, A.data(), ars, acs, B.data(), ldb, C.data(), ldc, first, start == sum);
    }
    if (!C.empty() && std::memcmp(C.data(), expected.data(), C.size() * sizeof(T)) != 0) {
        ++failures;
        std::printf("gemm: other bits, %zu bytes a number, M %d N %d K %d transposed %d slack %d start %d packed %d\n",
                    sizeof(T), int(M), int(N), int(K), transposed, int(slack), start, form);
    }
}

template <class T>
void check_packing(Index K, Index N, Index row_stride, Index column_stride, std::mt19937& bits) {
    constexpr Index W = panel_width<T>;
    const auto B = random_numbers<T>((K - 1) * row_stride + (N - 1) * column_stride + 1, bits);
    std::vector<T> P(packed_size<T>(K, N), T(77));
    for (Index panel = 0; panel < n_panels<T>(N); ++panel) {  // in two parts, as two threads would
        pack_panel(K, N, B.data(), row_stride, column_stride, P.data(), panel, K / 3, K);
        pack_panel(K, N, B.data(), row_stride, column_stride, P.data(), panel, Index(0), K / 3);
    }
    for (Index k = 0; k < K; ++k)
        for (Index j = 0; j < n_panels<T>(N) * W; ++j) {
            const T expected = j < N ? B[k * row_stride + j * column_stride] : T(0);
            if (P[(j / W * K + k) * W + j % W] == expected) continue;
            ++failures;
            std::printf("pack: %zu bytes a number, K %d N %d strides %d %d: wrong at row %d, column %d\n", sizeof(T),
                        int(K), int(N), int(row_stride), int(column_stride), int(k), int(j));
            return;
        }
}

template <class T>
void check_all(std::mt19937& bits) {
    const Index depths[] = {0, 1, 2, 3, 8, 12, 31};
    int turn = 0;
    for (Index M = 1; M <= 67; M += M < 34 ? 1 : 11)
        for (Index N = 1; N <= 67; ++N, ++turn)
            for (Form form : {direct, packed})
                check<T>({M, N, depths[turn % 7], turn / 7 % 2 == 1, turn % 3, Start(turn / 2 % 3), form}, bits);
    for (Form form : {direct, packed})
        for (Start start : {nothing, bias, sum}) {
            check<T>({3, 5, 2500, false, 0, start, form}, bits);     // K is cut
            check<T>({300, 17, 40, false, 1, start, form}, bits);    // M is cut
            check<T>({1, 331, 70, false, 0, start, form}, bits);     // one row, wide tiles
            check<T>({3, 331, 70, true, 2, start, form}, bits);
            check<T>({30, 150, 300, true, 1100, start, form}, bits); // columns of A far apart
            check<T>({0, 5, 3, false, 0, start, form}, bits);
            check<T>({5, 0, 3, false, 0, start, form}, bits);
            for (bool transposed : {false, true}) check<T>({70, 1, 50, transposed, 0, start, form}, bits);
        }
    for (Index K = 1; K <= 37; ++K)
        for (Index N = 1; N <= 67; N += 3) {
            check_packing<T>(K, N, N, 1, bits);
            check_packing<T>(K, N, N + 2, 1, bits);
            check_packing<T>(K, N, 1, K, bits);
            check_packing<T>(K, N, 1, K + 3, bits);
            check_packing<T>(K, N, 2, 2 * K, bits);
        }
}

}  // namespace

int main() {
    std::mt19937 bits(0);
    check_all<float>(bits);
    check_all<double>(bits);
    if (failures) std::printf("%d failures\n", failures);
    return failures != 0;
}
