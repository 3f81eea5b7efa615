import SwiftUI

struct CollectParcelView: View {
    let lockerID: Locker.ID
    let collectParcel: CollectParcel

    @State private var code = ""
    @State private var answer: LocalizedStringKey = "collect.prompt"

    var body: some View {
        Form {
            TextField("collect.code", text: $code)
                .textContentType(.oneTimeCode)

            Button("collect.open", action: openCompartment)
                .disabled(PickupCode(code) == nil)

            Text(answer)
        }
        .navigationTitle("collect.title")
    }

    private func openCompartment() {
        Task {
            do {
                answer = try await collectParcel(code: code, at: lockerID).message
            } catch {
                answer = "collect.unreachable"
            }
        }
    }
}

extension CollectionOutcome {
    var message: LocalizedStringKey {
        switch self {
        case .opened(let compartmentID): "collect.opened \(compartmentID)"
        case .wrongCode: "collect.wrong-code"
        case .tooLate: "collect.too-late"
        }
    }
}
