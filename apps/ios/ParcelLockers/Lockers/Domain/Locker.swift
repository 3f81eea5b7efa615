struct Locker: Identifiable, Equatable, Sendable, Decodable {
    let id: String
    let address: String
    let freeCompartments: Int

    var hasRoom: Bool { freeCompartments > 0 }
}

/// Five digits; anything else is not a postal code and never reaches the catalogue.
struct PostalCode: Equatable, Sendable {
    let digits: String

    init?(_ text: String) {
        guard text.count == 5, text.allSatisfy(\.isNumber) else { return nil }
        digits = text
    }
}
