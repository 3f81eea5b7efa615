Feature: Depositing a parcel
  A courier leaves a parcel in a locker so that its recipient can come for it at any hour.

  Background:
    Given the locker "harbour" with one small and one large compartment, both empty

  Scenario: The smallest compartment that fits is taken
    When a courier deposits a small parcel
    Then the small compartment holds it
    And the recipient has three days to collect it

  Scenario: A full locker turns the courier away
    Given both compartments hold a parcel
    When a courier deposits a small parcel
    Then the courier is told that there is no room
