import Foundation

struct HTTPLockerCatalogue: LockerCatalogue {
    let session: URLSession

    func lockers(near postalCode: PostalCode) async throws -> [Locker] {
        guard let url = URL(string: "https://api.lockers.example/lockers?near=\(postalCode.digits)") else {
            throw URLError(.badURL)
        }
        let (data, _) = try await session.data(from: url)
        return try JSONDecoder().decode([Locker].self, from: data)
    }
}
