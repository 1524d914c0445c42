package import Crypto

extension Digest {
    /// Lower-case hexadecimal digits, two a byte.
    package var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
