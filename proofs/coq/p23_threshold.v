(** P23, threshold circuit.

    Registry: let f_c on codewords of +-1 change its sign at theta_1 < ... < theta_j along an integer direction w. Hard-tanh units
    phi_i = clip(gamma (w.r - theta_i) + s_i g_i x_c), a constant one below theta_1 if j is even, copies clip(gamma newer), and
    y_c = sum sigma_i phi_i, sigma alternating, give y(t) = u(t) for all t >= 1, with N = sum m_c + (s-1)D units, m_c odd.
    gamma >= 1, g_i >= 1 + gamma (|w|_1 + |theta_i|), sum sigma_i s_i = 1, sigma from -f_c(lowest), the constant unit's f_c(lowest).
    The newest block of the register r is the read-out; D numbers show a variable. m_c = 1 iff f_c is a threshold function or
    constant, and 2 never helps; with a copy in the read-out fewer may do.
    Here: any ordered domain (an ordered field for m_c = 1), any sizes, any finite set of values of a variable. *)
From mathcomp Require Import all_ssreflect ssralg ssrnum ssrint matrix.
Require Import linear_tasks neurons p13_saturating_write.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import GRing.Theory Num.Theory Order.TTheory.
Local Open Scope ring_scope.

Section Definitions.
Variables (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d).
Local Notation memory := {ffun 'I_p.+1 -> A}.
Local Notation n := (components p d).

(** The next variable is what the rule says of the last s. *)
Definition rule_task (rule : memory -> A) (u : nat -> A) := forall t, u (t + p.+1)%N = rule [ffun k => u (t + nat_of_ord k)%N].

(** The memory as numbers, and where it is along a direction. *)
Definition shown (x : memory) : 'cV[R]_n := \mxcol_(k < p.+1) code (x k).
Definition along (w : 'rV[R]_n) (x : memory) : R := (w *m shown x) ord0 ord0.

(** Where the sign of a number of the next variable changes, along which direction. *)
Record steps := Steps { direction : 'rV[R]_n; thresholds : seq R; lowest : R }.

(** f has the sign [lowest] below all thresholds, changes it at each, and there is room 1 on both sides of each. *)
Definition changes_sign (f : memory -> R) (q : steps) :=
  [/\ sign (lowest q), sorted <%R (thresholds q),
      forall x theta, theta \in thresholds q -> 1 <= `|along (direction q) x - theta| &
      forall x, f x = (-1) ^+ count (fun theta => theta < along (direction q) x) (thresholds q) * lowest q].

(** The units: a constant one if there are evenly many thresholds, then a step at each; the signs of the read-out alternate. *)
Definition units_of (q : steps) : seq ('rV[R]_n * R) :=
  (if odd (size (thresholds q)) then [::] else [:: (0, -1)]) ++ [seq (direction q, theta) | theta <- thresholds q].
Definition weights q i : 'rV[R]_n := (nth (0, 0) (units_of q) i).1.
Definition threshold q i : R := (nth (0, 0) (units_of q) i).2.
Definition coefficient q i : R := (-1) ^+ i * (if odd (size (thresholds q)) then - lowest q else lowest q).

(** [s] and [g] are the signs and the gains with which inputs are written. *)
Variables (gamma : R) (number : 'I_d -> steps) (s g : 'I_d -> nat -> R).
Local Notation m c := (size (units_of (number c))).
Local Notation features := (\sum_(c < d) m c)%N.
Local Notation copies := (\sum_(k < p) d)%N.

Definition compose : 'M[R]_(features, n) := \mxcol_(c < d) \matrix_(i < m c, l < n) weights (number c) i ord0 l.
Definition biases : 'cV[R]_features := \mxcol_(c < d) \col_(i < m c) threshold (number c) i.
Definition write : 'M[R]_(features, d) :=
  \mxcol_(c < d) \matrix_(i < m c, e < d) (if e == c then s c i * g c i else 0).
Definition read_out : 'M[R]_(d, features) :=
  \mxrow_(c < d) \matrix_(e < d, i < m c) (if e == c then coefficient (number c) i else 0).

(** The register: copies of the older blocks, and the read-out as the newest block. A copy takes over the next block. *)
Definition register : 'M[R]_(n, features + copies) :=
  \mxcol_(k < p.+1) (if (k < p)%N then row_mx 0 (\mxrow_(j < p) one_if R d (j == k :> nat)) else row_mx read_out 0).
Definition newer : 'M[R]_(copies, n) := \mxcol_(k < p) (inject R d (inord k.+1))^T.

Definition threshold_circuit : network R d d := {|
  W_hh := gamma *: (col_mx compose newer *m register); W_uh := col_mx write 0; W_hy := row_mx read_out 0;
  b_h := col_mx (- gamma *: biases) 0; b_y := 0; h_0 := 0 |}.

(** What one unit can do. *)
Definition threshold_function (f : memory -> R) := exists w b, forall x, 0 < f x * (along w x + b).

End Definitions.

(** The alternating sum telescopes. *)
Section Telescope.
Variable R : realDomainType.

Lemma alternating K m : (K <= m)%N ->
  \sum_(i < m) (-1) ^+ i * (if (i < K)%N then 1 else -1) = (odd K)%:R *+ 2 - (odd m)%:R :> R.
Proof.
elim: m K => [|m IH] K Km; first by move: Km; rewrite leqn0 => /eqP ->; rewrite big_ord0 /= ?mulr0n mul0rn subr0.
rewrite big_ord_recr /=; case: (ltnP m K) => mK.
  have -> : K = m.+1 by apply/eqP; rewrite eqn_leq Km.
  rewrite (eq_bigr (fun i : 'I_m => (-1) ^+ i * (if (i < m)%N then 1 else -1))) => [|i _]; last by rewrite ltn_ord ltnS ltnW.
  by rewrite IH // -signr_odd /= mulr1; case: (odd m); rewrite /= ?expr0 ?expr1 ?mulr0n ?mul0rn ?mulr2n ?addrK ?subrr ?subr0 ?add0r ?addrN.
rewrite IH // -signr_odd.
case: (odd m); rewrite /= ?expr0 ?expr1 ?mulr1n ?mulr0n ?mulrNN ?mulr1 ?mul1r ?subr0 ?addrNK //.
Qed.

Lemma count_sorted (s : seq R) v i : sorted <%R s -> (i < size s)%N -> (nth 0 s i < v) = (i < count (fun theta => (theta < v)%R) s)%N.
Proof.
elim: s i => //= theta s IH i path_s i_s.
have above : ~~ (theta < v) -> count (fun theta => theta < v) s = 0%N.
  rewrite -leNgt => v_theta; apply/eqP; rewrite -leqn0 leqNgt -has_count; apply/hasPn => x xs.
  have /allP/(_ x xs) tx := order_path_min lt_trans path_s.
  by rewrite -leNgt (le_trans v_theta) // ltW.
case: i i_s => [|i] i_s /=; first by case: (boolP (theta < v)) => // /above ->.
rewrite IH ?(path_sorted path_s) //; case: (boolP (theta < v)) => [//|/above ->].
by rewrite !ltn0.
Qed.
End Telescope.

(** A unit with gain is a step, a copy keeps what it takes over, and a write overrides. *)
Section Units.
Variables (R : realDomainType) (gamma : R).
Hypothesis gamma1 : 1 <= gamma.
Implicit Types v z e : R.

Lemma clip_step v : 1 <= `|v| -> clip (gamma * v) = if 0 < v then 1 else -1.
Proof.
have gamma0 : 0 <= gamma := le_trans ler01 gamma1.
case: (ltrP 0 v) => v0 h.
  rewrite clip_high // (le_trans gamma1) // -{1}[gamma]mulr1 ler_wpmul2l //; move: h; rewrite ger0_norm // ltW //.
rewrite clip_low // ler_oppr -mulrN (le_trans gamma1) // -{1}[gamma]mulr1 ler_wpmul2l //.
by move: h; rewrite ler0_norm.
Qed.

Lemma clip_sign v : sign v -> clip (gamma * v) = v.
Proof. by case=> ->; rewrite clip_step ?normrN ?normr1 // ?ltr01 // oppr_gt0 ltr10. Qed.

Lemma clip_write z e g : sign z -> `|e| <= g - 1 -> clip (g * z + e) = z.
Proof.
case=> ->; rewrite ler_norml => /andP[lo hi]; rewrite ?mulr1 ?mulrN1.
  by rewrite clip_high // -ler_subl_addl -opprB.
by rewrite clip_low // addrC ler_subl_addl.
Qed.
End Units.

Section Steps.
Variables (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d).
Local Notation memory := {ffun 'I_p.+1 -> A}.
Variables (f : memory -> R) (q : steps R p d).
Hypothesis changes : changes_sign code f q.
Local Notation even := (~~ odd (size (thresholds q))).
Local Notation below x := (count (fun theta => theta < along code (direction q) x) (thresholds q)).

Lemma size_units : size (units_of q) = (even + size (thresholds q))%N.
Proof. by rewrite /units_of size_cat size_map; case: odd. Qed.

Lemma odd_units : odd (size (units_of q)).
Proof. by rewrite size_units oddD; case: (odd (size _)). Qed.

Lemma unit_step gamma i x : 1 <= gamma -> (i < size (units_of q))%N ->
  clip (gamma * ((weights q i *m shown code x) ord0 ord0 - threshold q i)) = if (i < even + below x)%N then 1 else -1.
Proof.
have [_ increasing room _] := changes; move=> gamma1; rewrite size_units => i_q.
have at_threshold j : (j < size (thresholds q))%N ->
    clip (gamma * (along code (direction q) x - nth 0 (thresholds q) j)) = if (j < below x)%N then 1 else -1.
  move=> js; rewrite clip_step // ?room ?mem_nth // subr_gt0.
  by rewrite (count_sorted _ increasing js).
rewrite /weights /threshold /units_of; move: i_q; case: (odd _) => /= i_q.
  by rewrite (nth_map 0) //=; apply: at_threshold.
case: i i_q => [|i] i_q /=; last by rewrite (nth_map 0) //=; apply: at_threshold.
by rewrite mul0mx mxE opprK add0r clip_sign //; left.
Qed.

Lemma telescopes x : \sum_(i < size (units_of q)) coefficient q i * (if (i < even + below x)%N then 1 else -1) = f x.
Proof.
have [_ _ _ ->] := changes; set K := below x.
rewrite (eq_bigr (fun i : 'I_(size (units_of q)) =>
  (if odd (size (thresholds q)) then - lowest q else lowest q) * ((-1) ^+ i * (if (i < even + K)%N then 1 else -1)))); last first.
  by move=> i _; rewrite /coefficient mulrAC mulrC.
rewrite -mulr_sumr alternating ?odd_units; last by rewrite size_units leq_add2l count_size.
rewrite -[(-1) ^+ K]signr_odd oddD; case: (odd (size _)); case: (odd K) => /=;
  by rewrite ?expr0 ?expr1 ?mulr0n ?mul0rn ?mulr2n ?addrK ?sub0r ?mulrNN ?mulr1 ?mul1r ?mulN1r ?mulrN1 ?opprK.
Qed.
End Steps.

Section Circuit.
Variables (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d).
Local Notation memory := {ffun 'I_p.+1 -> A}.
Variables (gamma : R) (number : 'I_d -> steps R p d) (s g : 'I_d -> nat -> R) (rule : memory -> A) (u : nat -> A).
Local Notation m c := (size (units_of (number c))).
Hypothesis signs : forall a c, sign (code a c ord0).
Hypothesis changes : forall c, changes_sign code (fun x => code (rule x) c ord0) (number c).
Hypothesis gamma1 : 1 <= gamma.
Hypothesis overrides : forall c (i : 'I_(m c)),
  1 + gamma * (row_norm (weights (number c) i) ord0 + `|threshold (number c) i|) <= g c i.
Hypothesis s_signs : forall c (i : 'I_(m c)), sign (s c i).
Hypothesis s_back : forall c, \sum_(i < m c) coefficient (number c) i * s c i = 1.
Hypothesis ut : rule_task rule u.

Local Notation x := (input p (fun t => code (u t))).
Local Notation h := (state (@clip R) (threshold_circuit gamma number s g) x).

(** What the register holds after t steps. *)
Definition held_register t : 'cV[R]_(components p d) := register number *m h t.
Local Notation r := held_register.

Lemma units_next t : h t.+1 = col_mx
  (map_mx (@clip R) (gamma *: (compose number *m r t) + write number s g *m x t - gamma *: biases number))
  (map_mx (@clip R) (gamma *: (newer R p d *m r t))).
Proof.
rewrite [state _ _ _ t.+1]/= -scalemxAl -mulmxA -/(r t) mul_col_mx scale_col_mx mul_col_mx mul0mx !add_col_mx !addr0.
by rewrite map_col_mx scaleNr.
Qed.

Lemma copied t (k : 'I_p.+1) : (k < p)%N ->
  submxcol (r t.+1) k = map_mx (@clip R) (gamma *: submxcol (r t) (inord k.+1)).
Proof.
move=> kp; rewrite /held_register units_next -/(r t); set a := map_mx _ _; set b := map_mx _ _.
rewrite mxcol_mul mxcolK kp mul_row_col mul0mx add0r -(submxcolK b) mul_mxrow_mxcol (bigD1 (Ordinal kp)) //= eqxx mul1mx.
rewrite big1 ?addr0 => [|j jk]; last first.
  by rewrite (_ : (j == k :> nat) = false) ?mul0mx //; apply: contraNF jk => /eqP jk; apply/eqP/val_inj.
have -> : submxcol b (Ordinal kp) = map_mx (@clip R) (gamma *: submxcol (newer R p d *m r t) (Ordinal kp)).
  by apply/matrixP => i j; rewrite !mxE.
by rewrite -submxcol_mul mxcolK -{1}[r t]submxcolK read_blocks.
Qed.

Lemma composed t c (v := fun i => gamma * ((weights (number c) i *m r t) ord0 ord0 - threshold (number c) i)) :
  submxcol (r t.+1) ord_max c ord0 =
  \sum_(i < m c) coefficient (number c) i * clip (s c i * g c i * x t c ord0 + v i).
Proof.
rewrite {1}/held_register units_next -/(r t); set a := map_mx _ _; set b := map_mx _ _.
rewrite mxcol_mul mxcolK ltnn mul_row_col mul0mx addr0 -(submxcolK a) mul_mxrow_mxcol summxE (bigD1 c) //=.
rewrite [X in _ + X]big1 ?addr0 => [|e ec]; last first.
  by rewrite mxE big1 // => i _; rewrite mxE eq_sym (negbTE ec) mul0r.
rewrite mxE; apply: eq_bigr => i _; rewrite mxE eqxx; congr (_ * _).
have -> : submxcol a c i ord0 = clip (gamma * submxcol (compose number *m r t) c i ord0
    + submxcol (write number s g *m x t) c i ord0 - gamma * submxcol (biases number) c i ord0) by rewrite !mxE.
rewrite -!submxcol_mul !mxcolK [X in gamma * X](_ : _ = (weights (number c) i *m r t) ord0 ord0); last first.
  by rewrite !mxE; apply: eq_bigr => l _; rewrite mxE.
rewrite [X in _ + X - _](_ : _ = s c i * g c i * x t c ord0); last first.
  rewrite mxE (bigD1 c) //= mxE eqxx [X in _ + X]big1 ?[LHS]addr0 // => e ec.
  by rewrite mxE (negbTE ec) mul0r.
by rewrite mxE /v mulrBr addrAC addrC addrA.
Qed.

(** Block k holds u(t + k - s), and 0 before that time has come. *)
Definition due t (k : 'I_p.+1) : 'cV[R]_d := if (p.+1 <= t + k)%N then code (u (t + k - p.+1)%N) else 0.

Lemma due_small t k c : `|due t k c ord0| <= 1.
Proof. by rewrite /due; case: ifP => _; [rewrite norm_sign | rewrite mxE normr0 ler01]. Qed.

Lemma register_holds t k : submxcol (r t) k = due t k.
Proof.
elim: t k => [|t IH] k; first by rewrite /held_register /= mulmx0 submxcol0 /due add0n leqNgt ltn_ord.
case: (ltnP k p) => kp.
  rewrite copied // IH (_ : due t _ = due t.+1 k); last by rewrite /due inordK ?ltnS // addnS addSn.
  apply/matrixP => c j; rewrite ord1 !mxE /due; case: ifP => _; first exact: clip_sign.
  by rewrite mxE mulr0 clip_id // normr0 ler01.
rewrite (last_block kp) {k kp}; have -> : due t.+1 ord_max = code (u t) by rewrite /due addSn ltnS leq_addl subSS addnK.
apply/matrixP => c j; rewrite ord1 composed {j}.
have small (w : 'rV[R]_(components p d)) : `|(w *m r t) ord0 ord0| <= row_norm w ord0.
  rewrite mxE; apply: le_trans (ler_norm_sum _ _ _) _; apply: ler_sum => l _.
  by rewrite normrM ler_pimulr ?normr_ge0 // -[r t]submxcolK mxE IH due_small.
case: (leqP t p) => tp.
  rewrite -[RHS]mul1r -(s_back c) mulr_suml; apply: eq_bigr => i _; rewrite -[RHS]mulrA; congr (_ * _).
  rewrite [X in X + _](_ : _ = g c i * (s c i * code (u t) c ord0)); last by rewrite /input tp mulrAC mulrC.
  apply: clip_write; first exact: signM.
  have gamma0 : 0 <= gamma := le_trans ler01 gamma1.
  rewrite ler_subr_addl; apply: le_trans (overrides i); rewrite ler_add2l normrM ger0_norm // ler_wpmul2l //.
  by apply: le_trans (ler_norm_sub _ _) _; rewrite ler_add2r.
have now : u t = rule [ffun k : 'I_p.+1 => u (t - p.+1 + k)%N] by rewrite -ut subnK.
have seen : r t = shown code [ffun k : 'I_p.+1 => u (t - p.+1 + k)%N].
  rewrite -[r t]submxcolK; apply: eq_mxcol => k; rewrite IH ffunE /due (leq_trans tp) ?leq_addr //.
  by rewrite addnBAC.
rewrite now -(telescopes (changes c)); apply: eq_bigr => i _; congr (_ * _).
by rewrite /input leqNgt tp /= mxE mulr0 add0r seen (unit_step (changes c)).
Qed.

Lemma newest_number t : output (@clip R) (threshold_circuit gamma number s g) x t = code (u t).
Proof.
have <- : submxcol (r t.+1) ord_max = code (u t).
  by rewrite register_holds /due addSn ltnS leq_addl subSS addnK.
by rewrite /output addr0 /held_register -submxcol_mul mxcolK ltnn.
Qed.
End Circuit.

Theorem threshold_circuit_is_right (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d)
    (rule : {ffun 'I_p.+1 -> A} -> A) (gamma : R) (number : 'I_d -> steps R p d) (s g : 'I_d -> nat -> R)
    (m := fun c => size (units_of (number c))) (w := threshold_circuit gamma number s g) :
  (forall a c, sign (code a c ord0)) ->
  (forall c, changes_sign code (fun x => code (rule x) c ord0) (number c)) ->
  1 <= gamma ->
  (forall c (i : 'I_(m c)), 1 + gamma * (row_norm (weights (number c) i) ord0 + `|threshold (number c) i|) <= g c i) ->
  (forall c (i : 'I_(m c)), sign (s c i)) ->
  (forall c, \sum_(i < m c) coefficient (number c) i * s c i = 1) ->
  [/\ units w = (\sum_(c < d) m c + p * d)%N, forall c, odd (m c) &
      forall u, rule_task rule u -> forall t, output (@clip R) w (input p (fun t => code (u t))) t = code (u t)].
Proof.
move=> signs changes gamma1 overrides s_signs s_back; split=> [|c|u ut t]; last exact: newest_number.
  by congr (_ + _)%N; rewrite sum_nat_const card_ord.
exact: odd_units.
Qed.

(** Along an integer direction different places are 2 apart at least. *)
Section Integers.
Variables (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d).
Local Notation memory := {ffun 'I_p.+1 -> A}.
Hypothesis signs : forall a c, sign (code a c ord0).
Variable w : 'rV[int]_(components p d).
Local Notation at_ := (along code (map_mx intr w)).

Lemma shown_sign (x : memory) l : sign (shown code x l ord0).
Proof. by rewrite mxE; exact: signs. Qed.

Lemma gap (x y : memory) : at_ x < at_ y -> at_ x + 2%:R <= at_ y.
Proof.
have place (z : memory) : exists e : int, at_ z = (\sum_l w ord0 l)%:~R - 2%:R * e%:~R.
  exists (\sum_l (if shown code z l ord0 == 1 then 0 else w ord0 l)).
  rewrite /along mxE !mulrz_sumr mulr_sumr -sumrB; apply: eq_bigr => l _; rewrite mxE.
  case: (shown_sign z l) => ->; first by rewrite eqxx !mulr0z mulr0 subr0 mulr1.
  by rewrite (lt_eqF (gtr_opp ltr01)) mulrN1 mulr_natl mulr2n opprD addrA subrr sub0r.
have [[e ->] [e' ->]] := (place x, place y).
rewrite ltr_add2l ltr_opp2 ltr_pmul2l ?ltr0n // ltr_int -lez_addr1 -(ler_int R) intrD => h.
have := ler_wpmul2l (ler0n R 2) h; rewrite mulrDr mulr1 => {}h.
by rewrite -addrA ler_add2l ler_oppr opprD opprK ler_subr_addr.
Qed.
End Integers.

(** The thresholds of a function s of places v < v' < ...: 1 above a place where the next one has another sign. *)
Section Turns.
Variables (R : realDomainType) (s : R -> R).
Hypothesis signs : forall v, sign (s v).

Fixpoint turns v (vs : seq R) : seq R :=
  if vs is v' :: vs' then (if s v == s v' then [::] else [:: v + 1]) ++ turns v' vs' else [::].

Lemma far (x theta : R) : x + 1 <= theta \/ theta + 1 <= x -> 1 <= `|x - theta|.
Proof.
by case=> h; [rewrite distrC|]; apply: le_trans (ler_norm _); rewrite ler_subr_addl.
Qed.

Lemma other_sign v v' : s v != s v' -> s v' = - s v.
Proof. by case: (signs v) => ->; case: (signs v') => ->; rewrite ?eqxx ?opprK. Qed.

Lemma turnsP v vs : path (fun a b => a + 2%:R <= b) v vs ->
  [/\ forall theta, theta \in turns v vs -> v + 1 <= theta, sorted <%R (turns v vs),
      forall x theta, x \in v :: vs -> theta \in turns v vs -> 1 <= `|x - theta| &
      forall x, x \in v :: vs -> s x = (-1) ^+ count (fun theta => theta < x) (turns v vs) * s v].
Proof.
elim: vs v => [|v' vs IH] v /=; first by move=> _; split=> // x; rewrite inE => /eqP ->; rewrite mul1r.
move=> /andP[vv path_vs]; have [least inc room value] := IH v' path_vs.
have v1 : v + 1 + 1 <= v' by rewrite -addrA.
have v'1 : v + 1 < v' by rewrite (lt_le_trans _ v1) // ltr_addl.
have later x : x \in v' :: vs -> v' <= x.
  rewrite inE => /orP[/eqP -> //|]; apply/allP: x; apply: (order_path_min le_trans).
  by apply: sub_path path_vs => a b; apply: le_trans; rewrite ler_addl ler0n.
have above theta : theta \in turns v' vs -> v + 1 < theta.
  by move/least; apply: lt_le_trans; rewrite (lt_le_trans v'1) // ler_addl ler01.
have none : count (fun theta => theta < v) (turns v' vs) = 0%N.
  apply/eqP; rewrite -leqn0 leqNgt -has_count; apply/hasPn => theta /above h.
  by rewrite -leNgt (le_trans _ (ltW h)) // ler_addl ler01.
case: (boolP (s v == s v')) => [/eqP|/other_sign] e; split=> //=.
- by move=> theta /above /ltW.
- move=> x theta; rewrite inE => /orP[/eqP -> /above /ltW h|xv th]; last exact: room.
  by apply: far; left.
- by move=> x; rewrite inE => /orP[/eqP ->|/value -> ]; rewrite ?none ?mul1r ?e.
- by move=> theta; rewrite inE => /orP[/eqP -> //|/above /ltW].
- rewrite path_min_sorted //; apply/allP => theta; exact: above.
- move=> x theta; rewrite !inE => /orP[/eqP ->|xv] /orP[/eqP ->|th].
  + by apply: far; left.
  + by apply: far; left; exact: ltW (above _ th).
  + by apply: far; right; apply: le_trans v1 (later _ _); rewrite inE.
  by apply: room; rewrite ?inE.
move=> x; rewrite inE => /orP[/eqP ->|xv].
  by rewrite none addn0 ltNge ler_addl ler01 mul1r.
by rewrite (value _ xv) e (lt_le_trans v'1 (later _ xv)) add1n exprS mulN1r mulrN mulNr.
Qed.
End Turns.

Theorem integer_direction (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d)
    (f : {ffun 'I_p.+1 -> A} -> R) (w : 'rV[int]_(components p d)) (v := map_mx intr w) :
  (forall a c, sign (code a c ord0)) -> (forall x, sign (f x)) ->
  (forall x y, along code v x = along code v y -> f x = f y) ->
  exists2 q, direction q = v & changes_sign code f q.
Proof.
move=> signs fs same; pose s a := if [pick x | along code v x == a] is Some x then f x else 1.
have sE x : s (along code v x) = f x by rewrite /s; case: pickP => [y /eqP/same //|/(_ x)]; rewrite eqxx.
have ss a : sign (s a) by rewrite /s; case: pickP => [y _|_]; [exact: fs | left].
pose sums := [seq along code v x | x <- enum {: {ffun 'I_p.+1 -> A}}].
have [places at_places apart] : exists2 places, (forall x, along code v x \in places) & sorted (fun a b => a + 2%:R <= b) places.
  exists (sort <=%R (undup sums)) => [x|]; first by rewrite mem_sort mem_undup map_f // mem_enum.
  apply: (sub_in_sorted (P := mem sums) (e := <%R)); last by rewrite sort_lt_sorted undup_uniq.
    by move=> _ _ /mapP[x _ ->] /mapP[y _ ->]; exact: gap.
  by apply/allP => a; rewrite mem_sort mem_undup.
case: places at_places apart => [|a places] at_places apart.
  by exists (Steps v [::] 1) => //; split=> // [|x]; [left | have := at_places x].
have [_ inc room value] := turnsP ss apart; exists (Steps v (turns s a places) (s a)) => //; split=> //= [x theta|x].
  by apply: room.
by rewrite -sE; apply: value.
Qed.

(** Powers of two tell all memories apart. *)
Section Digits.
Variable R : realDomainType.
Implicit Types a b : nat -> R.

Lemma digits_small a m : (forall l, sign (a l)) -> `|\sum_(l < m) 2%:R ^+ l * a l| <= 2%:R ^+ m - 1.
Proof.
move=> sa; elim: m => [|m IH]; first by rewrite big_ord0 normr0 subrr.
rewrite big_ord_recr /=; apply: le_trans (ler_norm_add _ _) _.
rewrite normrM (norm_sign (sa m)) mulr1 [`|_ ^+ m|]ger0_norm ?exprn_ge0 ?ler0n //.
by rewrite exprS mulr_natl mulr2n addrAC ler_add2r IH.
Qed.

Lemma digits_tell a b m : (forall l, sign (a l)) -> (forall l, sign (b l)) ->
  \sum_(l < m) 2%:R ^+ l * a l = \sum_(l < m) 2%:R ^+ l * b l -> forall l, (l < m)%N -> a l = b l.
Proof.
move=> sa sb; elim: m => [//|m IH]; rewrite !big_ord_recr /=.
have small (c c' : nat -> R) : (forall l, sign (c l)) -> (forall l, sign (c' l)) ->
    \sum_(l < m) 2%:R ^+ l * c l + 2%:R ^+ m * 1 = \sum_(l < m) 2%:R ^+ l * c' l + 2%:R ^+ m * -1 :> R -> False.
  move=> sc sc'; rewrite mulr1 mulrN1 => /eqP; rewrite -subr_eq opprK => /eqP e.
  have := digits_small m sc; have := digits_small m sc'; rewrite !ler_norml => /andP[_ hi] /andP[lo _].
  have := ler_add lo (lexx (2%:R ^+ m + 2%:R ^+ m)); rewrite [X in _ <= X]addrA e => /le_trans/(_ hi).
  by rewrite opprB addrA subrK [X in X <= _]addrC ler_add2l leNgt (lt_trans (ltrN10 R) ltr01).
case: (sa m) (sb m) => am [] bm; rewrite am bm.
- by move/addIr/IH => e l; rewrite ltnS leq_eqVlt => /orP[/eqP ->|/e //]; rewrite am bm.
- by move/(small _ _ sa sb).
- by move/esym/(small _ _ sb sa).
by move/addIr/IH => e l; rewrite ltnS leq_eqVlt => /orP[/eqP ->|/e //]; rewrite am bm.
Qed.
End Digits.

Lemma powers_tell (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d)
    (v := map_mx intr (\row_l (2 ^ l)%N%:Z) : 'rV[R]_(components p d)) :
  injective code -> (forall a c, sign (code a c ord0)) -> injective (along code v).
Proof.
move=> inj signs x y xy; pose entry (z : {ffun 'I_p.+1 -> A}) l := oapp (fun i => shown code z i ord0) 1 (insub l).
have entryE z (i : 'I_(components p d)) : entry z i = shown code z i ord0 by rewrite /entry valK.
have entry_sign z l : sign (entry z l) by rewrite /entry; case: insub => [i|]; [exact: shown_sign | left].
have sum z : along code v z = \sum_(l < components p d) 2%:R ^+ l * entry z l.
  by rewrite /along mxE; apply: eq_bigr => l _; rewrite entryE; congr (_ * _); rewrite !mxE -pmulrn natrX.
have same l : (l < components p d)%N -> entry x l = entry y l.
  by apply: digits_tell => //; rewrite -!sum.
apply/ffunP => k; apply: inj; have : shown code x = shown code y.
  by apply/matrixP => i j; rewrite ord1 -!entryE same.
by move/(congr1 (fun M => submxcol M k)); rewrite !mxcolK.
Qed.

Theorem every_rule_has_one (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d)
    (rule : {ffun 'I_p.+1 -> A} -> A) :
  injective code -> (forall a c, sign (code a c ord0)) ->
  exists (number : 'I_d -> steps R p d) s g, forall u, rule_task rule u ->
    forall t, output (@clip R) (threshold_circuit 1 number s g) (input p (fun t => code (u t))) t = code (u t).
Proof.
move=> inj signs.
have steps_of c : exists q, changes_sign code (fun x => code (rule x) c ord0) q.
  have [|x y /(powers_tell inj signs) -> //|q _ h] :=
    integer_direction (w := \row_l (2 ^ l)%N%:Z) signs (f := fun x => code (rule x) c ord0); last by exists q.
  by move=> x; exact: signs.
have [number changes] := fin_all_exists steps_of.
pose s c i := (-1) ^+ i * coefficient (number c) i.
exists number, s, (fun c i => 1 + 1 * (row_norm (weights (number c) i) ord0 + `|threshold (number c) i|)) => u ut t.
have coefficient_sign c i : sign (coefficient (number c) i).
  have [l1 _ _ _] := changes c; apply: signM; first by rewrite -signr_odd; exact: sign_bool.
  by case: ifP => _ //; rewrite -mulN1r; apply: signM => //; right.
have [] // := @threshold_circuit_is_right R A p d code rule 1 number s
  (fun c i => 1 + 1 * (row_norm (weights (number c) i) ord0 + `|threshold (number c) i|)) signs changes (lexx 1).
- by move=> c i; apply: signM => //; rewrite -signr_odd; exact: sign_bool.
- move=> c; transitivity (\sum_(i < size (units_of (number c))) (-1) ^+ i * (if (i < size (units_of (number c)))%N then 1 else -1) : R).
    by apply: eq_bigr => i _; rewrite /s mulrCA sign_sq // ltn_ord.
  by rewrite alternating // odd_units mulr2n addrK.
by move=> _ _; apply.
Qed.

Theorem one_unit_iff_threshold (R : realFieldType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d) (f : {ffun 'I_p.+1 -> A} -> R) :
  (forall x, sign (f x)) ->
  (exists2 q, changes_sign code f q & size (units_of q) = 1%N) <-> threshold_function code f.
Proof.
move=> fs; split=> [[q [low _ room fE]]|[w [b wb]]].
  rewrite size_units; case e: (thresholds q) room fE => [|theta [|theta' ths]] room fE /= sz; last by move: sz; rewrite !addnS.
    exists 0, (lowest q) => x; have -> : along code 0 x = 0 by rewrite /along mul0mx mxE.
    by rewrite fE /= expr0 mul1r add0r sign_sq ?ltr01.
  exists (- lowest q *: direction q), (lowest q * theta) => x; have {}room := room x theta (mem_head _ _).
  have -> : along code (- lowest q *: direction q) x = - lowest q * along code (direction q) x.
    by rewrite /along -scalemxAl mxE.
  rewrite fE /= addn0 mulNr addrC -mulrBr -mulrA [lowest q * (_ * _)]mulrA sign_sq // mul1r.
  move: room; case: ltrP => h; first by rewrite expr1 mulN1r opprB subr_gt0.
  rewrite expr0 mul1r subr_gt0 lt_neqAle h andbT; apply: contraTneq => ->.
  by rewrite subrr ler10.
pose K := \sum_(x : {ffun 'I_p.+1 -> A}) `|along code w x + b|^-1.
have far x : 1 <= K * `|along code w x + b|.
  have nz : 0 < `|along code w x + b| by rewrite normr_gt0; apply: contraTneq (wb x) => ->; rewrite mulr0 ltxx.
  rewrite -ler_pdivr_mulr // mul1r /K (bigD1 x) //= ler_addl; apply: sumr_ge0 => y _.
  by rewrite invr_ge0.
have K0 : 0 <= K by apply: sumr_ge0 => y _; rewrite invr_ge0.
have moved x : along code (K *: w) x - - K * b = K * (along code w x + b).
  by rewrite /along -scalemxAl mxE mulNr opprK mulrDr.
exists (Steps (K *: w) [:: - K * b] (-1)) => //; split=> //= [|x theta|x]; first by right.
  by rewrite inE => /eqP ->; rewrite moved normrM ger0_norm.
rewrite addn0 -subr_gt0 moved; have := wb x; have := far x; case: (fs x) => ->; rewrite ?mul1r ?mulN1r ?oppr_gt0 => h v.
  have -> : 0 < K * (along code w x + b) by apply: lt_le_trans ltr01 _; rewrite gtr0_norm in h.
  by rewrite mulrNN mulr1.
have -> : 0 < K * (along code w x + b) = false by rewrite ltNge mulr_ge0_le0 // ltW.
by rewrite mul1r.
Qed.

Theorem two_never_help (R : realDomainType) (A : finType) (p d : nat) (code : A -> 'cV[R]_d) (f phi psi : {ffun 'I_p.+1 -> A} -> R) (a b : R) :
  (forall x, sign (f x)) -> (forall x, sign (phi x)) -> (forall x, sign (psi x)) ->
  threshold_function code phi -> threshold_function code psi -> (forall x, f x = a * phi x + b * psi x) ->
  threshold_function code f.
Proof.
move=> fs phis psis phi_t psi_t fE.
have scaled (g : {ffun 'I_p.+1 -> A} -> R) s : (forall x, f x = s * g x) -> (forall x, sign (g x)) ->
    threshold_function code g -> threshold_function code f.
  move=> fg gs [w [c gw]]; exists (s *: w), (s * c) => x.
  rewrite /along -scalemxAl mxE -mulrDr fg mulrACA; have -> : s * s = 1; last by rewrite mul1r gw.
  by have := sign_sq (fs x); rewrite fg mulrACA (sign_sq (gs x)) mulr1.
case: (pickP (fun x => phi x != psi x)) => [y differ|same]; last first.
  by apply: (scaled phi (a + b)) => // x; rewrite fE mulrDl; have /negbFE/eqP -> := same x.
have opposite x : phi x != psi x -> psi x = - phi x.
  by case: (phis x) => ->; case: (psis x) => ->; rewrite ?eqxx ?opprK.
case: (pickP (fun x => phi x == psi x)) => [x /eqP same|differ']; last first.
  apply: (scaled phi (a - b)) => // x; rewrite fE (opposite x) ?mulrN ?mulrBl //.
  by rewrite differ'.
have sum : (a + b) * (a + b) = 1.
  have := sign_sq (fs x); rewrite fE -same -mulrDl mulrACA (sign_sq (phis x)) mulr1; exact.
have difference : (a - b) * (a - b) = 1.
  have := sign_sq (fs y); rewrite fE (opposite y) // mulrN -mulrBl mulrACA (sign_sq (phis y)) mulr1; exact.
have : a * b *+ 4 = 0.
  move: sum; rewrite -difference -!expr2 sqrrD sqrrB => /eqP; rewrite -subr_eq0.
  rewrite opprD addrACA subrr addr0 opprD addrA ?opprK; move/eqP => <-.
  by rewrite [_ + _ - _]addrAC subrr add0r -mulrnDr.
move/eqP; rewrite mulrn_eq0 /= mulf_eq0 => /orP[] /eqP e.
  by apply: (scaled psi b) => // z; rewrite fE e mul0r add0r.
by apply: (scaled phi a) => // z; rewrite fE e mul0r addr0.
Qed.

(** XOR of two bits, u(t+1) = u(t) u(t-1) in signs: no threshold function, so that it takes three units and a copy; with the copy
    in the read-out two units compose. *)
Definition rows_of m n (rows : seq (seq int)) : 'M[int]_(m, n) := \matrix_(i < m, j < n) nth 0 (nth [::] rows i) j.
Definition xor_circuit : network [ringType of int] 1 1 := {|
  W_hh := rows_of 3 3 [:: [:: -1; -1; 1]; [:: -1; -1; -2%:Z]; [:: 1; 1; 1]]; W_uh := rows_of 3 1 [:: [:: 13%:Z]; [:: 11%:Z]; [:: 0]];
  W_hy := rows_of 1 3 [:: [:: 1; 1; 1]]; b_h := rows_of 3 1 [:: [:: 2%:Z]; [:: -1]; [:: 0]]; b_y := 0; h_0 := 0 |}.

Section Xor.
Variables (u : nat -> bool).
Hypothesis ut : forall t, u (t + 2)%N = u t (+) u t.+1.
Local Notation x := (input 1 (fun t => ((-1) ^+ u t)%:M : 'cV[int]_1)).
Local Notation h := (state (@clip _) xor_circuit x).
Local Notation i1 := (lift ord0 ord0 : 'I_3).
Local Notation i2 := (lift ord0 (lift ord0 ord0) : 'I_3).

Definition units_after (s : int * int * int) (z : int) : int * int * int := let: (a, b, c) := s in
  (clip (- a - b + c + 13%:Z * z + 2%:Z), clip (- a - b - 2%:Z * c + 11%:Z * z - 1), clip (a + b + c)).
Definition held_three t := (h t ord0 ord0, h t i1 ord0, h t i2 ord0).

Lemma next_three t : held_three t.+1 = units_after (held_three t) (x t ord0 ord0).
Proof.
rewrite /held_three [state _ _ _ t.+1]/= !mxE !big_ord_recl !big_ord0 !mxE /= !mulN1r ?mul1r ?mul0r !addr0 !addrA mulNr.
by [].
Qed.

Lemma xor_runs t : let: (a, b, c) := held_three t.+3 in c = (-1) ^+ u t.+1 /\ a + b + c = (-1) ^+ u t.+2.
Proof.
have next (a b c y : int) : sign y -> sign c -> a + b + c = y ->
    let: (a', b', c') := units_after (a, b, c) 0 in c' = y /\ a' + b' + c' = c * y.
  move=> sy sc abc; have e : - a - b = c - y by rewrite -abc [_ + c]addrC opprD addNKr opprD.
  by rewrite /units_after abc e; case: sy => ->; case: sc => ->; split.
elim: t => [|t IH].
  have h0 : held_three 0 = (0, 0, 0) by rewrite /held_three /= !mxE.
  rewrite !next_three h0 /input /= !mxE /= !mulr1n -[2%N]/(0 + 2)%N ut.
  by case: (u 0%N); case: (u 1%N).
rewrite next_three; move: IH; case: (held_three _) => [[a b] c] [-> y].
rewrite /input /= mxE -[t.+3](addn2 t.+1) ut signr_addb; apply: next => //; exact: sign_bool.
Qed.
End Xor.

Theorem with_a_copy_two_compose (u : nat -> bool) : (forall t, u (t + 2)%N = u t (+) u t.+1) ->
  forall t, (1 < t)%N -> output (@clip _) xor_circuit (input 1 (fun t => ((-1) ^+ u t)%:M)) t = ((-1) ^+ u t)%:M.
Proof.
move=> ut [|[|t]] // _; have := xor_runs ut t; rewrite /held_three /output => -[_].
move: (state _ _ _ _) => h y; apply/matrixP => i j; rewrite !ord1 !mxE !big_ord_recl big_ord0 !mxE /= !mul1r !addr0 addrA.
by rewrite y mulr1n.
Qed.
