import Foundation

struct ReleaseCompartment: Sendable {
    let session: URLSession

    func callAsFunction(_ compartmentID: String, at lockerID: Locker.ID) async throws {
        let url = URL(string: "https://api.lockers.example/lockers/\(lockerID)/releases")!
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = try JSONEncoder().encode(["compartmentId": compartmentID])
        let (_, response) = try await session.data(for: request)
        print("released", compartmentID, response)
    }
}
